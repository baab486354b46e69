import numpy as np
import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from tev_mmaction.models.losses import mil_nce
from tev_mmaction.narration import Vocabulary

WORDS = ('left', 'right', 'moves', 'turns', 'it')
VIDEOS = torch.tensor([7, 2, 7, 4])  # a video comes twice
# of two clips per video: ids of three sentences of four words; some are padding
TEXT = torch.tensor(
    [
        [[[5, 3, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]], [[5, 4, 0, 0], [2, 0, 0, 0], [4, 4, 1, 2]]],
        [[[3, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], [[3, 2, 0, 0], [1, 5, 0, 0], [5, 0, 0, 0]]],
        [[[4, 0, 0, 0], [4, 1, 0, 0], [2, 0, 0, 0]], [[1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]]],
        [[[2, 0, 0, 0], [5, 4, 2, 0], [0, 0, 0, 0]], [[1, 3, 0, 0], [3, 0, 0, 0], [0, 0, 0, 0]]],
    ]
)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


@pytest.fixture
def build(tmp_path):
    def build(words=WORDS, vectors=None, **changes):
        (tmp_path / 'words.txt').write_text(Vocabulary(words, vectors).text())
        torch.manual_seed(0)
        encoder = dict(
            type='WordEncoder',
            vocabulary=str(tmp_path / 'words.txt'),
            width=4,
            hidden=7,
            **{'word_dim': 5, **changes},
        )
        return MODELS.build(dict(type='MILNCEHead', in_channels=3, text_encoder=encoder)).double()

    return build


def embedding(encoder, ids):
    """Of one sentence, word by word."""
    hidden = [
        [max(value, 0 * value) for value in encoder.first(encoder.words.weight[word])]
        for word in ids.tolist()
        if word
    ]
    return encoder.last(torch.stack([max(column) for column in zip(*hidden)]))


def reference(head, features, text, videos):
    """Loss and hits by loops over clips and sentences."""
    clips = [
        (video, head.project(feature), [embedding(head.text_encoder, s) for s in said if s.any()])
        for video, of_video, texts in zip(videos.tolist(), features, text)
        for feature, said in zip(of_video, texts)
    ]
    terms, hits = [], []
    for video, clip, own in clips:
        right = [(clip * sentence).sum() for sentence in own]
        heard = [(clip * s).sum() for other, _, said in clips if other != video for s in said]
        seen = [(f * sentence).sum() for other, f, _ in clips if other != video for sentence in own]
        summed = sum(torch.exp(score) for score in right)
        wrong = sum(torch.exp(score) for score in heard + seen)
        terms.append(-torch.log(summed / (summed + wrong)))
        hits.append(max(right) > max(heard))
    return sum(terms) / len(terms), sum(hits).item() / len(hits)


def test_loss_gradients_and_figures_are_those_of_the_loops(build):
    head, features = build(), draw(4, 2, 3)
    values = head.loss(features, dict(text=TEXT, sample_idx=VIDEOS))
    expected, accuracy = reference(head, features, TEXT, VIDEOS)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(accuracy)
    # own sentences among those and the others': 5, 4, 4, 4 sentences of the four entries
    counts = TEXT.any(dim=3).sum(dim=2)
    shares, negatives = [], []
    for video, of_video in zip(VIDEOS, counts):
        others = counts[video != VIDEOS]
        for own in of_video:
            shares.append(own / (own + others.sum()))
            negatives.append(others.sum() + others.numel() * own)
    assert values['chance'].item() == pytest.approx(sum(shares).item() / 8)
    assert values['negatives'].item() == pytest.approx(sum(negatives).item() / 8)


def test_without_other_videos_or_sentences_the_loss_is_a_differentiable_zero():
    clips, sentences = draw(2, 4), draw(2, 3, 4, seed=1)
    spoken, silent = torch.ones(2, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool)
    for valid, videos in ((spoken, [3, 3]), (silent, [3, 4])):
        result = mil_nce(clips, sentences, valid, torch.tensor(videos))
        grads = torch.autograd.grad(result.loss, (clips, sentences))
        assert result.loss.item() == 0 and not any(grad.any() for grad in grads)
    assert result.num_positives == 0


def test_half_precisions_and_large_scores_are_finite():
    clips = (100 * draw(4, 4).detach()).half()
    sentences = (100 * draw(4, 3, 4, seed=1).detach()).half()
    result = mil_nce(clips, sentences, torch.ones(4, 3, dtype=torch.bool), torch.arange(4))
    assert result.loss.dtype == torch.float32 and torch.isfinite(result.loss)


def test_words_are_trained_but_loaded_vectors_stay(build):
    vectors = np.arange(15, dtype=np.float32).reshape(5, 3)
    for head, moves in ((build(), True), (build(vectors=vectors, word_dim=3), False)):
        head.loss(draw(4, 2, 3), dict(text=TEXT, sample_idx=VIDEOS))['loss'].backward()
        weight = head.text_encoder.words.weight
        assert weight.requires_grad == moves and not weight[0].any()
    np.testing.assert_array_equal(weight[1:].numpy(), vectors)
    with pytest.raises(ValueError, match=r'word_dim=5: .* have 3 numbers'):
        build(vectors=vectors)


def test_a_checkpoint_knows_its_words_and_encodes_sentences(build):
    head = build()
    for sentence, ids in (('It moves LEFT!', [5, 3, 1]), ('so it turns', [5, 4])):
        expected = embedding(head.text_encoder, torch.tensor(ids))
        close(head.text_encoder.encode([sentence])[0], expected)
    with pytest.raises(ValueError, match=r"'up and away' has no word of '.*words\.txt'"):
        head.text_encoder.encode(['up and away'])
    build().load_state_dict(head.state_dict())
    with pytest.raises(ValueError, match=r'other words than the vocabulary .*words\.txt'):
        build(words=WORDS[::-1]).load_state_dict(head.state_dict())


def test_ids_of_another_vocabulary_are_refused(build):
    with pytest.raises(ValueError, match='has the word 6, but the text encoder knows 5'):
        build().loss(draw(4, 2, 3), dict(text=TEXT + 1, sample_idx=VIDEOS))


def test_predictions_have_embeddings_of_the_video_and_of_its_sentence(build):
    head, features = build(), draw(4, 2, 3)
    samples = [ActionDataSample(metainfo=dict(text=each.numpy())) for each in TEXT]
    found = head.fields(features, samples)
    for number in range(4):
        clips = [head.project(feature) for feature in features[number]]
        close(found['video_embedding'][number], sum(clips) / 2)
        close(found['text_embedding'][number], embedding(head.text_encoder, TEXT[number, 0, 0]))
    assert head.fields(features, [ActionDataSample()] * 4).keys() == {'video_embedding'}
