import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from safetensors.torch import load_file, save_file

from hugging_face_models import FAMILIES, needed, write_model, write_tokenizer
from tev_mmaction.evaluation import TextVideoRetrievalMetric
from tev_mmaction.narration import ModelTokenizer

SENTENCES = ('it moves left', 'left', 'it turns right', 'right turns', 'hm')


def encoder_cfg(folder, **changes):
    return dict(type='HuggingFaceTextEncoder', model=folder, width=4, num_words=6, **changes)


def build_encoder(folder, **changes):
    torch.manual_seed(1)
    return MODELS.build(encoder_cfg(folder, **changes)).double()


def build_head(folder, **changes):
    torch.manual_seed(1)
    encoder = encoder_cfg(folder, **changes)
    return MODELS.build(dict(type='MILNCEHead', in_channels=3, text_encoder=encoder)).double()


def draw(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def embedding(encoder, network, tokens):
    """Of one sentence alone, without padding."""
    states = network(input_ids=torch.tensor([tokens])).last_hidden_state[0]
    mean = [sum(state[n] for state in states) / len(tokens) for n in range(states.size(1))]
    return encoder.project(torch.stack(mean))


@pytest.mark.parametrize('family', FAMILIES)
def test_embeddings_are_means_over_the_tokens_of_each_sentence(tmp_path, family):
    folder, kind = write_model(tmp_path, family), FAMILIES[family]
    encoder = build_encoder(folder).eval()
    network = needed().AutoModel.from_pretrained(folder).double().eval()
    network = network.encoder if family == 't5' else network
    tokenizer = ModelTokenizer(folder)
    ids = torch.from_numpy(np.stack([tokenizer.encode(each, 6) for each in SENTENCES]))
    found = encoder(ids)
    for sentence, embedded in zip(SENTENCES[:-1], found):
        said = kind.sentence.replace('$A', sentence).split()
        expected = embedding(encoder, network, [kind.tokens.index(token) for token in said])
        torch.testing.assert_close(embedded, expected, rtol=1e-9, atol=1e-9)
    assert not ids[-1].any()  # of nothing known: the mean of no token is 0
    torch.testing.assert_close(found[-1], encoder.project.bias)
    torch.testing.assert_close(encoder.encode(SENTENCES[:2]), found[:2])
    with pytest.raises(ValueError, match="'hm' has no word of "):
        encoder.encode(['hm'])
    assert encoder.largest_id == len(kind.tokens)


def test_a_frozen_model_stays_as_it_was_loaded(tmp_path):
    folder = write_model(tmp_path, 'bert', dtype=torch.bfloat16)
    weights = {k: v.float() for k, v in load_file(Path(folder, 'model.safetensors')).items()}
    head = dict(type='MILNCEHead', in_channels=3, text_encoder=encoder_cfg(folder))
    encoder = MODELS.build(head).train().text_encoder
    encoder.init_weights()  # mmengine's, before a training
    assert not any(module.training for module in encoder.network.modules())
    assert encoder.training and encoder.project.training
    encoder(torch.tensor([[3, 5, 6, 4]])).sum().backward()
    for name, parameter in encoder.network.named_parameters():
        assert torch.equal(parameter, weights[name]) and parameter.grad is None
    assert encoder.project.weight.grad.any()


def test_a_model_that_is_not_frozen_is_trained_as_far_as_it_is_used(tmp_path):
    encoder = build_encoder(write_model(tmp_path, 'bert'), frozen=False).train()
    assert all(module.training for module in encoder.modules())
    encoder(torch.tensor([[3, 5, 6, 4]])).sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.requires_grad == ('pooler' not in name)  # else DDP waits for it
        assert not parameter.requires_grad or parameter.grad is not None


def clip_text(folder, tmp_path, **changes):
    """The transform, on a list of a sentence every second."""
    lines = (
        dict(path='a.mp4', start=n, end=n + 1, text=text) for n, text in enumerate(SENTENCES * 2)
    )
    file = tmp_path / 'sentences.jsonl'
    file.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    cfg = dict(type='ClipText', tokenizer=folder, narrations=str(file), num_words=6, **changes)
    return TRANSFORMS.build(cfg)


def text_at(transform, *seconds):
    """Ids for clips at these times."""
    frames = np.concatenate([np.arange(16) + int(25 * second) + 5 for second in seconds])
    results = dict(
        path='a.mp4',
        filename='a.mp4',
        avg_fps=25,
        frame_inds=frames,
        num_clips=len(seconds),
        clip_len=16,
        backend_args=None,
    )
    return transform(results)['text']


@pytest.mark.parametrize('frozen', [True, False])
def test_the_loss_of_narrated_clips(tmp_path, frozen):
    folder = write_model(tmp_path / 'model', 'roberta')
    transform = clip_text(folder, tmp_path, num_sentences=2)
    text = np.stack([text_at(transform, 0, 1), text_at(transform, 2, 3), text_at(transform, 5, 8)])
    head, features = build_head(folder, frozen=frozen), draw(3, 2, 3)
    head.eval()  # without dropout
    values = head.loss(
        features, dict(text=torch.from_numpy(text), sample_idx=torch.tensor([4, 9, 2]))
    )
    network = needed().AutoModel.from_pretrained(folder).double().eval()
    said = [
        [
            [embedding(head.text_encoder, network, (s[s > 0] - 1).tolist()) for s in clip]
            for clip in video
        ]
        for video in text
    ]
    clips = [[head.project(feature) for feature in video] for video in features]
    terms = []
    for mine in range(3):
        others = [video for video in range(3) if video != mine]
        for clip in range(2):
            right = sum(torch.exp(clips[mine][clip] @ s) for s in said[mine][clip])
            wrong = sum(
                torch.exp(clips[mine][clip] @ s) for v in others for c in said[v] for s in c
            ) + sum(torch.exp(f @ s) for v in others for f in clips[v] for s in said[mine][clip])
            terms.append(-torch.log(right / (right + wrong)))
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(values['loss'], expected)
    values['loss'].backward()
    assert features.grad.abs().sum() > 0 and head.text_encoder.project.weight.grad.any()
    embedded = head.text_encoder.network.get_input_embeddings().weight.grad
    assert (embedded is None) == frozen and (frozen or embedded.abs().sum() > 0)


def test_tokens_of_another_model_are_refused(tmp_path):
    head = build_head(write_model(tmp_path, 'bert'))
    text = torch.full((2, 1, 1, 3), 10)
    targets = dict(text=text, sample_idx=torch.arange(2))
    with pytest.raises(ValueError, match='word 10, but the text encoder knows 9.*tokenizer'):
        head.loss(draw(2, 1, 3), targets)
    samples = [ActionDataSample(metainfo=dict(text=each.numpy())) for each in text]
    with pytest.raises(ValueError, match='word 10, but the text encoder knows 9.*tokenizer'):
        head.fields(draw(2, 1, 3), samples)


def test_retrieval_by_the_embeddings_of_the_model(tmp_path):
    folder = write_model(tmp_path / 'model', 'bert')
    transform = clip_text(folder, tmp_path, num_sentences=1)
    head, features = build_head(folder).eval(), draw(4, 1, 3)
    samples = [
        ActionDataSample(
            metainfo=dict(sample_idx=n, filename=f'{n}.mp4', skipped=(), text=text_at(transform, n))
        )
        for n in range(4)
    ]
    with torch.no_grad():
        fields = head.fields(features, samples)
        texts = head.text_encoder.encode(SENTENCES[:4])
        videos = torch.stack([head.project(feature[0]) for feature in features])
    metric = TextVideoRetrievalMetric('generated', topk=(1, 2))
    metric.process(
        dict(inputs=torch.zeros(4, 1, 3, 8, 32, 32), data_samples=samples),
        [{name: field[n] for name, field in fields.items()} for n in range(4)],
    )
    figures = metric.evaluate(4)
    ranks = [
        sum((text @ other >= text @ videos[n]).item() for other in videos)
        for n, text in enumerate(texts)
    ]
    assert figures['text_to_video/mean_rank'] == pytest.approx(np.mean(ranks))
    assert figures['text_to_video/R@2'] == pytest.approx(np.mean(np.array(ranks) <= 2))
    assert metric.record.counts == dict(videos=4, sentences=4)


def test_a_checkpoint_has_the_weights_and_knows_its_tokeniser_and_network(tmp_path):
    first = build_head(write_model(tmp_path / 'first', 'bert')).eval()
    again = build_head(write_model(tmp_path / 'again', 'bert', seed=5)).eval()
    with torch.no_grad():
        found = first.text_encoder.encode(SENTENCES[:4])
        assert not torch.allclose(again.text_encoder.encode(SENTENCES[:4]), found)
        again.load_state_dict(first.state_dict())
        torch.testing.assert_close(again.text_encoder.encode(SENTENCES[:4]), found)
    words = write_model(tmp_path / 'words', 'bert')
    tokens = FAMILIES['bert'].tokens
    write_tokenizer(words, 'bert', (*tokens[:-2], *tokens[:-3:-1]))
    heads = write_model(tmp_path / 'heads', 'bert', num_attention_heads=4)
    for folder in (words, heads):
        with pytest.raises(ValueError, match='another tokeniser or kind of network than the model'):
            build_head(folder).load_state_dict(first.state_dict())


def test_an_encoder_is_enough_of_a_model_with_a_decoder(tmp_path):
    folder = write_model(tmp_path, 't5')
    file = Path(folder, 'model.safetensors')
    alone = {k: each for k, each in load_file(file).items() if not k.startswith('decoder.')}
    save_file(alone, file, metadata=dict(format='pt'))
    build_encoder(folder)
    alone.pop(next(name for name in sorted(alone) if name.startswith('encoder.')))
    save_file(alone, file, metadata=dict(format='pt'))
    with pytest.raises(ValueError, match='1 of its weights are missing, such as encoder'):
        build_encoder(folder)


def test_what_is_no_whole_text_model_is_refused(tmp_path):
    folder = write_model(tmp_path, 'bert')
    file = Path(folder, 'model.safetensors')
    weights = load_file(file)
    whole = {name: each for name, each in weights.items() if not name.startswith('pooler')}
    save_file(whole, file, metadata=dict(format='pt'))
    build_encoder(folder)  # published models often lack what is not used
    whole.pop('encoder.layer.1.output.dense.bias')
    save_file(whole, file, metadata=dict(format='pt'))
    with pytest.raises(ValueError, match='1 of its weights are missing, such as encoder.layer.1'):
        build_encoder(folder)
    file.unlink()
    key = '^model of HuggingFaceTextEncoder=.*AutoModel cannot load it'
    with pytest.raises(ValueError, match=key):
        build_encoder(folder)
    transformers = needed()
    sizes = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    of_images = transformers.ViTConfig(**sizes, image_size=8, patch_size=4)
    transformers.ViTModel(of_images).save_pretrained(folder)
    with pytest.raises(ValueError, match='ViTModel is no model of text alone'):
        build_encoder(folder)
