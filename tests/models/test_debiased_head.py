"""The head against explicit loops in float64, with gradients, and in MMAction2's recognizer."""

import math

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from tev_mmaction.models.heads.debiased_head import reverse_gradient

LABELS, SCENES, MASKED = (2, 0, 1), (1, 3, 1), (True, False, True)


def samples_of(scenes=SCENES, masked=MASKED):
    samples = []
    for label, scene, is_masked in zip(LABELS, scenes, masked):
        sample = ActionDataSample().set_gt_label(label)
        sample.set_metainfo(dict(scene=scene, people_masked=is_masked))
        samples.append(sample)
    return samples


def build(**changes):
    torch.manual_seed(0)
    cfg = dict(
        type='DebiasedHead', num_classes=5, in_channels=6, num_scenes=4, scene_layers=1,
        reversal=0.3, mask_weight=0.7, dropout_ratio=0, norm_cfg=None,
    )  # fmt: skip
    head = MODELS.build({**cfg, **changes}).double()
    torch.nn.init.normal_(head.fc_cls.weight)
    return head


def draw_maps(seed=1):
    generator = torch.Generator().manual_seed(seed)
    shape = 2 * len(LABELS), 6, 2, 3, 3
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def guesses(scores):
    total = sum(math.e**score for score in scores)
    return [math.e**score / total for score in scores]


def reference(head, maps):
    """The three losses, by loops over videos and classes."""
    hidden, _, last = head.scene_mlp
    by_class, by_scene, by_mask = [], [], []
    for video, (label, scene, masked) in enumerate(zip(LABELS, SCENES, MASKED)):
        clip, copy = (maps[2 * video + i].flatten(1).mean(dim=1) for i in range(2))
        by_class.append(-torch.log(guesses(head.fc_cls(clip))[label]))
        inner = torch.stack([value if value > 0 else 0 * value for value in hidden(clip)])
        by_scene.append(-torch.log(guesses(last(inner))[scene]))
        if masked:
            entropy = -sum(p * torch.log(p) for p in guesses(head.fc_cls(copy)))
            by_mask.append(0.7 * (math.log(5) - entropy))
    return [sum(terms) / len(terms) for terms in (by_class, by_scene, by_mask)]


def test_losses_and_gradients_are_those_of_loops():
    head, maps = build(), draw_maps()
    losses = head.loss(maps, samples_of())
    names = ('loss_cls', 'loss_scene', 'loss_masked')
    expected = reference(head, maps)
    for name, value in zip(names, expected):
        assert losses[name].item() == pytest.approx(value.item(), rel=1e-5)
    parameters = list(head.parameters())
    for name, value, factor in zip(names, expected, (1, -0.3, 1)):
        own = torch.autograd.grad(losses[name], [maps, *parameters], allow_unused=True)
        looped = torch.autograd.grad(value, [maps, *parameters], allow_unused=True)
        torch.testing.assert_close(own[0], factor * looped[0], rtol=1e-4, atol=1e-7)
        for mine, theirs in zip(own[1:], looped[1:]):
            assert (mine is None) == (theirs is None)
            if mine is not None:  # the network for scenes itself learns to tell them
                torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-7)


def test_figures_say_what_was_told_and_masked():
    head, maps = build(), draw_maps()
    losses = head.loss(maps, samples_of())
    clips = maps[::2].mean(dim=(2, 3, 4))
    assert losses['masked_share'].item() == pytest.approx(2 / 3)
    told = [int(head.scene_mlp(clip[None]).argmax()) for clip in clips]
    assert losses['scene_acc'].item() == pytest.approx(
        sum(a == b for a, b in zip(told, SCENES)) / len(SCENES)
    )


def test_without_masked_videos_their_loss_is_zero():
    losses = build().loss(draw_maps(), samples_of(masked=(False,) * 3))
    assert losses['loss_masked'].item() == 0 and losses['masked_share'].item() == 0


def test_predictions_are_those_of_the_stock_head():
    head = build().eval()
    stock = MODELS.build(dict(type='I3DHead', num_classes=5, in_channels=6)).double().eval()
    stock.load_state_dict({k: v for k, v in head.state_dict().items() if k.startswith('fc_cls')})
    maps = draw_maps().detach()
    own, theirs = (each.predict(maps, samples_of()) for each in (head, stock))
    for mine, other in zip(own, theirs):
        torch.testing.assert_close(mine.pred_score, other.pred_score)


def test_what_the_pipeline_lacks_is_said():
    head = build()
    with pytest.raises(ValueError, match='3 clips of 3 videos, but needs each clip and its masked'):
        head.loss(draw_maps()[:3], samples_of())
    bare = [ActionDataSample().set_gt_label(0) for _ in LABELS]
    with pytest.raises(ValueError, match="needs 'scene' of every video: put SceneLabel"):
        head.loss(draw_maps(), bare)
    for sample in bare:
        sample.set_metainfo(dict(scene=0))
    with pytest.raises(ValueError, match="needs 'people_masked' of every video: put MaskPeople"):
        head.loss(draw_maps(), bare)
    with pytest.raises(ValueError, match='has the scene 4, but cls_head.num_scenes is 4'):
        head.loss(draw_maps(), samples_of(scenes=(0, 4, 1)))


def test_reversal_changes_the_gradient_only():
    features = draw_maps()
    reversed_ = reverse_gradient(features, 0.5)
    torch.testing.assert_close(reversed_, features)
    (gradient,) = torch.autograd.grad(reversed_.square().sum(), features)
    torch.testing.assert_close(gradient, -0.5 * 2 * features)
