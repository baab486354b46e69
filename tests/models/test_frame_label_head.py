import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS

CHANNELS, CLASSES, STEPS, PER_STEP = 3, 4, 2, 3


def build(**changes):
    torch.manual_seed(0)
    cfg = dict(
        type='FrameLabelHead', label='skips', in_channels=CHANNELS, num_classes=CLASSES,
        frames_per_step=PER_STEP, norm_cfg=None)  # fmt: skip
    return MODELS.build({**cfg, **changes}).double()


def draw():
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(5, 2, CHANNELS, STEPS, 2, 2, generator=generator, dtype=torch.float64)
    labels = torch.randint(CLASSES, (5, 2, STEPS * PER_STEP), generator=generator)
    return maps.requires_grad_(), labels


def test_the_loss_is_that_of_explicit_loops():
    head, (maps, labels) = build(), draw()
    values = head.loss([maps], dict(skips=labels))
    terms, hits = [], []
    for clips, of_video in zip(maps, labels):
        for clip, wanted in zip(clips, of_video):
            for frame, label in enumerate(wanted):
                step, within = divmod(frame, PER_STEP)
                feature = clip[:, step].sum(dim=(1, 2)) / 4
                scores = head.classifier(feature[None])[0].split(CLASSES)[within]
                terms.append(-torch.log(torch.exp(scores[label]) / torch.exp(scores).sum()))
                hits.append(scores.argmax() == label)
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, maps, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))
    largest = max((labels == k).sum() for k in range(CLASSES))
    assert values['chance'].item() == pytest.approx(largest / labels.numel())


def test_other_numbers_of_frames_name_the_remedy():
    maps, labels = draw()
    with pytest.raises(ValueError, match='2 time steps .* the 6 frames .*frames_per_step=3'):
        build(frames_per_step=16).loss([maps], dict(skips=labels))
    with pytest.raises(ValueError, match='classes 0 to 3'):
        build().loss([maps], dict(skips=labels + 1))
