import colorsys

import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipColorJitter, ClipFlip, ClipRandomResizedCrop


def clip_results(num_clips=2, clip_len=3, size=(40, 60), seed=0):
    """Every frame is the same random picture, so that equal draws give equal frames."""
    picture = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    return dict(imgs=[picture] * (num_clips * clip_len), num_clips=num_clips, clip_len=clip_len)


def halves(results):
    frames = np.asarray(results['imgs'])
    return frames[: len(frames) // 2], frames[len(frames) // 2 :]


TRANSFORM_CFGS = [
    dict(type='ClipRandomResizedCrop', size=24),
    dict(type='ClipFlip', flip_ratio=0.5),
    dict(type='ClipColorJitter', probability=1.0),
]


@pytest.mark.parametrize('cfg', TRANSFORM_CFGS, ids=lambda cfg: cfg['type'])
def test_draws_are_per_clip_and_constant_over_its_frames(cfg):
    """Invariant 3."""
    transform = TRANSFORMS.build(cfg)
    different = 0
    for seed in range(20):
        with seeded(seed):
            results = transform(clip_results())
        for clip in halves(results):
            assert (clip == clip[0]).all()
        different += not np.array_equal(*halves(results))
    assert different >= (4 if cfg['type'] == 'ClipFlip' else 18)


def test_crop_is_resized_part_of_the_frame():
    transform = ClipRandomResizedCrop((32, 24), area_range=(0.2, 0.6))
    with seeded(3):
        results = transform(clip_results())
    assert results['imgs'].shape == (6, 24, 32, 3) and results['imgs'].dtype == np.uint8
    assert results['img_shape'] == (24, 32)
    # a gradient keeps its order and its range narrows to what was cut out
    ramp = np.tile(np.arange(240, dtype=np.uint8)[None, :, None], (240, 1, 3))
    with seeded(3):
        out = transform(dict(imgs=[ramp] * 2, num_clips=2, clip_len=1))['imgs']
    for frame in out:
        assert (np.diff(frame[0, :, 0].astype(int)) >= 0).all()
        assert frame.min() > 0 or frame.max() < 239


def test_crop_of_everything_is_a_resize():
    results = clip_results(size=(48, 48))
    picture = results['imgs'][0]
    out = ClipRandomResizedCrop(24, (1.0, 1.0), (1.0, 1.0))(results)['imgs']
    assert np.array_equal(out[0], cv2.resize(picture, (24, 24)))


@pytest.mark.parametrize('ratio, flipped', [(0, False), (1, True)])
def test_flip(ratio, flipped):
    results = clip_results()
    picture = results['imgs'][0]
    for frame in ClipFlip(ratio)(results)['imgs']:
        assert np.array_equal(frame, picture[:, ::-1] if flipped else picture)


@pytest.mark.parametrize('cfg', TRANSFORM_CFGS, ids=lambda cfg: cfg['type'])
def test_the_frames_given_are_not_written_to(cfg):
    results = clip_results()
    given, copy = results['imgs'], results['imgs'][0].copy()
    with seeded(1):
        TRANSFORMS.build(dict(cfg, **(dict(flip_ratio=1) if 'flip_ratio' in cfg else {})))(results)
    assert np.array_equal(given[0], copy)


def jittered(picture, seed, **strengths):
    """Brightest tolerance aside, what the jitter makes of a picture."""
    off = dict(brightness=0, contrast=0, saturation=0, hue=0, probability=1, grayscale=0)
    transform = ClipColorJitter(**{**off, **strengths})
    with seeded(seed):
        return transform(dict(imgs=[picture], num_clips=1, clip_len=1))['imgs'][0]


def draws_of(seed, strength_of):
    """The factors that a jitter with this seed draws, in its order."""
    with seeded(seed):
        np.random.random()
        return [strength * np.random.uniform(-1, 1) for strength in strength_of]


def grey_of(picture):
    return picture.astype(float) @ [0.299, 0.587, 0.114]


@pytest.mark.parametrize('seed', range(6))
def test_each_operation_is_its_definition(seed):
    """Against torchvision's definitions, written out."""
    picture = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    b, c, s, _ = draws_of(seed, (0.4, 0.4, 0.4, 0.1))
    plain = picture.astype(float)
    expected = dict(
        brightness=plain * (1 + b),
        contrast=plain * (1 + c) - c * grey_of(picture).mean(),
        saturation=plain * (1 + s) - s * grey_of(picture)[..., None],
    )
    for name, value in expected.items():
        out = jittered(picture, seed, **{name: 0.4}).astype(float)
        assert np.abs(out - np.clip(value, 0, 255)).max() <= 1, name


@pytest.mark.parametrize('seed', range(6))
def test_hue_turns_colours_and_keeps_greys(seed):
    turns = draws_of(seed, (0, 0, 0, 0.1))[3]
    grey = np.full((2, 2, 3), 77, np.uint8)
    assert np.abs(jittered(grey, seed, hue=0.1).astype(int) - 77).max() <= 1
    # a weakly saturated colour, so that nothing is clipped
    color = np.array([150, 118, 110], np.uint8)
    out = jittered(np.tile(color, (2, 2, 1)), seed, hue=0.1)[0, 0]
    assert abs(grey_of(out) - grey_of(color)) < 1.5
    before, after = (colorsys.rgb_to_hsv(*(x / 255))[0] for x in (color, out))
    turned = (after - before + 0.5) % 1 - 0.5
    assert np.sign(turned) == -np.sign(turns) or abs(turned) < 0.01
    assert abs(abs(turned) - abs(turns)) < 0.05


def test_switched_off_jitter_changes_nothing():
    results = clip_results()
    picture = results['imgs'][0]
    out = ClipColorJitter(probability=0, grayscale=0)(results)['imgs']
    assert all(np.array_equal(frame, picture) for frame in out)


def test_grayscale():
    picture = clip_results()['imgs'][0]
    out = jittered(picture, 0, grayscale=1).astype(int)
    assert (out == out[..., :1]).all()
    assert np.abs(out[..., 0] - grey_of(picture)).max() <= 1


@pytest.mark.parametrize(
    'build, named',
    [
        (lambda: ClipRandomResizedCrop(0), 'size=0'),
        (lambda: ClipRandomResizedCrop(8, area_range=(0.5, 0.2)), 'area_range'),
        (lambda: ClipRandomResizedCrop(8, area_range=(0.5, 1.2)), 'area_range'),
        (lambda: ClipFlip(1.5), 'flip_ratio=1.5'),
        (lambda: ClipColorJitter(hue=0.7), 'hue=0.7'),
        (lambda: ClipColorJitter(brightness=-1), 'brightness=-1'),
    ],
)
def test_wrong_arguments_are_refused(build, named):
    with pytest.raises(ValueError, match=named):
        build()
