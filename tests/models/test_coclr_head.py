"""Co-training: positives from a queue that another stream finds."""

import pytest
import torch
from head_cases import BATCH, WIDTH, assert_same_gradients, close, draw
from mmaction.registry import MODELS
from networks import build as build_recognizer
from networks import clips
from pairs import cosine, samples_of, targets_of
from torch import nn

QUEUE, TOPK, VIDEOS = 12, 2, 6
MEAN, STD = (100.0, 110.0, 120.0), (50.0, 60.0, 70.0)


class Stream(nn.Sequential):
    """A backbone of the other stream, which its norm would change in training."""

    def __init__(self):
        super().__init__(nn.Conv3d(3, 4, 1), nn.BatchNorm3d(4))


OTHER = dict(backbone=dict(type=Stream), feature_dim=4, checkpoint='other.pth', mean=MEAN, std=STD)


def build(**changes):
    torch.manual_seed(0)
    cfg = dict(type='CoCLRHead', in_channels=WIDTH, norm_cfg=None, queue_size=QUEUE, topk=TOPK)
    return MODELS.build({**cfg, 'other': OTHER, **changes}).double()


def pictures(seed):
    generator = torch.Generator().manual_seed(seed)
    shape = (VIDEOS, 2, 3, 2, 4, 4)
    levels = torch.randint(256, (*shape[:3], 1, 1, 1), generator=generator)
    return (levels + torch.randint(-20, 20, shape, generator=generator)).clamp(0, 255).byte()


def of_other_stream(head, clip):
    """The mean output of the frozen network, of a normalised clip."""
    scaled = torch.stack([(clip[c].double() - MEAN[c]) / STD[c] for c in range(3)])
    return head.other.network.eval()(scaled[None])[0].mean(dim=(1, 2, 3))


def loop_loss(head, features, keys, others, videos, past):
    """Terms of all clips; ``past`` are (key, feature of the other stream, video), oldest first."""
    embeddings = head.mlp(features.flatten(0, 1))
    terms, hits = [], 0
    for a, anchor in enumerate(embeddings):
        ranked = sorted(
            (number for number, (_, _, video) in enumerate(past) if video != videos[a]),
            key=lambda number: -cosine(others[a], past[number][1]).item(),
        )
        nearest = ranked[:TOPK] if len(past) == QUEUE else []
        found = {True: [], False: []}
        for b, key in enumerate(keys):
            if a != b:
                found[videos[a] == videos[b]].append(
                    cosine(anchor, key) / head.criterion.temperature
                )
        for number, (key, _, video) in enumerate(past):
            positive = number in nearest or video == videos[a]
            found[positive].append(cosine(anchor, key) / head.criterion.temperature)
        towards, against = (sum(torch.exp(s) for s in found[each]) for each in (True, False))
        terms.append(-torch.log(towards / (towards + against)))
        hits += max(found[True]) > max(found[False])
    return sum(terms) / len(terms), hits / len(terms)


def test_loss_is_that_of_explicit_loops_while_the_queue_fills_and_when_it_is_full():
    head, past = build(), []
    for step, first in enumerate((0, 3, 20, 1)):  # some videos come again
        features = draw(VIDEOS, seed=step)
        averaged = draw(VIDEOS, seed=step + 10).detach().flip(1)
        ids = list(range(first, first + VIDEOS))
        stream = pictures(step)
        targets = targets_of(BATCH, ids).extended(averaged=averaged, other_stream=stream)
        videos = [video for video in ids for _ in range(2)]
        others = [of_other_stream(head, clip) for clip in stream.flatten(0, 1)]
        keys = averaged.flatten(0, 1)
        values = head.loss(features, targets)
        expected, accuracy = loop_loss(head, features, keys, others, videos, past)
        close(values['loss'], expected)
        trained = nn.ModuleList([head.mlp])
        assert_same_gradients(trained, features, values['loss'], expected)
        assert values['acc'].item() == pytest.approx(accuracy)
        past = [*past, *zip(keys, others, videos)][-QUEUE:]


def test_the_other_stream_is_read_when_training_begins_and_never_changes(tmp_path):
    source, file = Stream(), tmp_path / 'other.pth'
    nn.init.normal_(source[1].running_mean)
    torch.save({f'backbone.{name}': value for name, value in source.state_dict().items()}, file)
    head = dict(type='CoCLRHead', queue_size=8, other=dict(OTHER, checkpoint=str(file)))
    average = dict(type='ExponentialMovingAverage', momentum=0.25)
    model = build_recognizer(heads=dict(instance=head), momentum_encoder=average)
    model.init_weights()
    other = model.train().heads['instance'].other
    assert not other.network.training
    samples = samples_of(('before', 'after') * 2)
    for sample in samples:
        sample.set_metainfo(dict(other_stream=pictures(0)[0].numpy()))
    model.parse_losses(model(clips(), samples, mode='loss'))[0].backward()
    for name, value in source.state_dict().items():
        assert torch.equal(other.network.state_dict()[name], value)
    assert all(p.grad is None for p in other.parameters())
    other.checkpoint = str(tmp_path / 'wrong.pth')
    torch.save({'backbone.0.weight': torch.zeros(4, 3, 1, 1, 1)}, other.checkpoint)
    with pytest.raises(ValueError, match='wrong.pth fills 1 of'):
        other.init_weights()


@pytest.mark.parametrize('topk', [0, QUEUE + 1])
def test_topk_fits_the_queue(topk):
    with pytest.raises(ValueError, match=f'topk={topk}: give a number from 1 to queue_size=12'):
        build(topk=topk)
