"""Tasks on clips and sounds against explicit loops in float64."""

import math

import pytest
import torch
from head_cases import WIDTH, assert_same_gradients, close
from mmaction.registry import MODELS
from pairs import cosine
from torch import nn

from tev_mmaction.models.heads import draw_labels

BANDS, STEPS, OUT = 3, 4, 5


@MODELS.register_module()
class PlainEncoder(nn.Module):
    """A spectrogram as a map of one position."""

    def __init__(self, channels):
        super().__init__()
        self.linear = nn.Linear(BANDS * STEPS, channels)

    def forward(self, sound):
        return self.linear(sound.flatten(1))[..., None, None]


def build(kind, **changes):
    torch.manual_seed(0)
    cfg = dict(
        type=kind,
        in_channels=WIDTH,
        encoder=dict(type='PlainEncoder', channels=7),
        audio_channels=7,
        **changes,
    )
    if kind != 'CrossModalClusterHead':
        cfg.update(norm_cfg=None, out_channels=OUT)
    return MODELS.build(cfg).double()


def batch(num_videos=4, num_clips=2):
    torch.manual_seed(1)
    features = torch.randn(num_videos, num_clips, WIDTH).double().requires_grad_()
    audio = torch.randn(num_videos, num_clips, BANDS, STEPS).double()
    videos = torch.tensor([4, 2, 9, 0])[:num_videos]
    draws = torch.tensor([[0, 1], [0, 0], [0, 1], [0, 1]])[:num_videos]
    return features, dict(audio=audio, sample_idx=videos, draws=draws)


def embedded(head, features, targets):
    clips = [[head.mlp(f[None])[0] for f in video] for video in features]
    sounds = [
        [head.audio_mlp(head.encoder(s[None, None]).flatten(1))[0] for s in video]
        for video in targets['audio']
    ]
    return clips, sounds


def test_clips_and_sounds_of_a_draw_by_loops():
    head = build('AudioVisualHead', temperature=0.3)
    features, targets = batch()
    clips, sounds = embedded(head, features, targets)
    names = [(int(v), int(d)) for v, ds in zip(targets['sample_idx'], targets['draws']) for d in ds]
    flat = [sum(each, []) for each in (clips, sounds)]
    terms, hits, negatives = [], [], []
    for anchors, keys in (flat, flat[::-1]):
        for a, anchor in enumerate(anchors):
            scores = [cosine(anchor, key.detach()) / 0.3 for key in keys]
            others = [s for s, name in zip(scores, names) if name != names[a]]
            for score, name in zip(scores, names):
                if name == names[a]:
                    total = torch.exp(score) + sum(torch.exp(other) for other in others)
                    terms.append(-torch.log(torch.exp(score) / total))
            nearest = max(range(len(scores)), key=lambda i: scores[i].item())
            hits.append(names[nearest] == names[a])
            negatives.append(len(others))
    assert len(terms) == 2 * (8 + 2)  # one video drew the same twice
    values = head.loss(features, targets)
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))
    assert values['negatives'].item() == pytest.approx(sum(negatives) / len(negatives))


@pytest.mark.parametrize('hard', [0.0, 0.25, 1.0])
def test_synchronisation_by_loops(hard):
    head = build('SynchronisationHead', margin=1.7, hard_share=hard)
    features, targets = batch()
    clips, sounds = (
        [[each / each.square().sum().sqrt() for each in video] for video in embeddings]
        for embeddings in embedded(head, features, targets)
    )
    terms, hits = [], []
    for v in range(4):
        for c in range(2):
            positive = (clips[v][c] - sounds[v][c]).norm()
            easy = (clips[v][c] - sounds[(v + 1) % 4][c]).norm()
            other = (clips[v][c] - sounds[v][1 - c]).norm()
            terms.append(
                positive**2 / 2
                + (1 - hard) / 2 * (1.7 - easy).clamp(min=0) ** 2
                + hard / 2 * (1.7 - other).clamp(min=0) ** 2
            )
            hits += [easy > positive] if hard < 1 else []
            hits += [other > positive] if hard else []
    values = head.loss(features, targets)
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(map(int, hits)) / len(hits))
    assert values['chance'].item() == 0.5


def test_synchronisation_without_a_negative_is_refused():
    for hard, videos, clips in ((0.0, 1, 2), (0.5, 4, 1)):
        features, targets = batch(videos)
        targets = {name: value[:, :clips] for name, value in targets.items() if value.ndim > 1}
        with pytest.raises(ValueError, match=rf'{videos} video\(s\) of {clips} clip\(s\)'):
            build('SynchronisationHead', hard_share=hard).loss(features[:, :clips], targets)
    with pytest.raises(ValueError, match='hard_share=2'):
        build('SynchronisationHead', hard_share=2)


def test_an_encoder_of_another_width_is_refused():
    head = build('AudioVisualHead')
    head.audio_channels = 9
    with pytest.raises(ValueError, match=r'7 channels: set audio_channels \(now 9\)'):
        head.loss(*batch())


def test_the_networks_of_mmaction_encode_spectrograms():
    head = MODELS.build(dict(type='AudioVisualHead', in_channels=WIDTH))
    sound = dict(audio=torch.randn(2, 1, 40, 64))
    assert head.encode(sound, torch.empty(())).shape == (2, 512)


def test_numbers_of_draws():
    _, targets = batch()
    found = draw_labels(targets).tolist()
    assert found == [8, 9, 4, 4, 18, 19, 0, 1]


# --- clusters


def clusters(head, clips, sounds):
    head.allocate(10)
    head.assign(torch.tensor([0, 2, 9]), torch.tensor([clips, sounds]))


def test_each_modality_predicts_the_clusters_of_the_other():
    head = build('CrossModalClusterHead', num_clusters=3)
    clusters(head, clips=[0, 1, 1], sounds=[2, 0, 2])  # nothing is known of video 4
    features, targets = batch()
    values = head.loss(features, targets)
    known = {0: (0, 2), 2: (1, 0), 9: (1, 2)}
    terms, hits = [], []
    for row, video in enumerate(targets['sample_idx'].tolist()):
        for clip in range(2):
            sound = head.encoder(targets['audio'][row, clip][None, None]).flatten(1)
            scores = head.classifiers[0](features[row, clip]), head.classifiers[1](sound)[0]
            if video not in known:
                terms.append(0.0)
                continue
            of_clip, of_sound = known[video]
            terms.append(
                -torch.log_softmax(scores[0], 0)[of_sound]
                - torch.log_softmax(scores[1], 0)[of_clip]
            )
            hits += [scores[0].argmax() == of_sound, scores[1].argmax() == of_clip]
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(map(int, hits)) / 12)
    assert values['chance'].item() == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_an_epoch_is_kept_once_and_only_while_training():
    head = build('CrossModalClusterHead', num_clusters=3)
    head.allocate(10)
    features, targets = batch()
    head.eval().loss(features, targets)
    assert head.kept_features() == {}
    head.train()
    for turn in (1.0, -1.0):  # a video that comes twice: the latest counts
        loss = head.loss(turn * features, targets)['loss']
        assert loss.item() == 0
    loss.backward()  # every parameter has a gradient, as DistributedDataParallel wants it
    assert all(p.grad is not None for p in head.parameters())
    kept = head.kept_features()
    assert kept['videos'].tolist() == [4, 2, 9, 0] and head.kept_features() == {}
    for row, video in enumerate(features):
        mean = [-sum(clip[i].item() for clip in video) / 2 for i in range(WIDTH)]
        length = math.sqrt(sum(value**2 for value in mean))
        close(kept['clips'][row].double(), torch.tensor(mean).double() / length, 1e-5)
    assert kept['sounds'].norm(dim=1).tolist() == pytest.approx([1] * 4)


def test_new_clusters_replace_all_old_ones():
    head = build('CrossModalClusterHead', num_clusters=3)
    clusters(head, [0, 1, 1], [2, 0, 2])
    before = [p.clone() for p in head.classifiers.parameters()]
    head.assign(torch.tensor([5]), torch.tensor([[1], [2]]))
    assert head.clusters[:, 5].tolist() == [1, 2]
    assert (head.clusters >= 0).sum() == 2
    assert not any(torch.equal(p, q) for p, q in zip(before, head.classifiers.parameters()))


def test_without_the_hook_the_remedy_is_named():
    with pytest.raises(RuntimeError, match='ClusteringHook'):
        build('CrossModalClusterHead').loss(*batch())
