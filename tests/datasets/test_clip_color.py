import colorsys

import numpy as np
import pytest
from mmaction.datasets.transforms import PackActionInputs

from helpers import clip_results, halves
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipColorJitter
from tev_mmaction.datasets.transforms.color_operations import apply_color_map


@pytest.mark.parametrize('exact', [False, True])
def test_draws_are_per_clip_and_constant_over_its_frames(exact):
    """Invariant 3."""
    transform = ClipColorJitter(probability=1.0, exact=exact)
    different = 0
    for seed in range(20):
        results = clip_results()
        given = results['imgs'][0].copy()
        picture = results['imgs'][0]
        with seeded(seed):
            results = transform(results)
        for clip in halves(results):
            assert (clip == clip[0]).all()
        different += not np.array_equal(*halves(results))
        assert np.array_equal(picture, given)  # the frames given are not written to
    assert different >= 18


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
    assert abs(out.mean() - color.mean()) < 1
    before, after = (colorsys.rgb_to_hsv(*(x / 255))[0] for x in (color, out))
    turned = (after - before + 0.5) % 1 - 0.5
    assert abs(turned - turns) < 0.05


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


@pytest.mark.parametrize('seed', range(8))
def test_what_is_left_to_the_device_is_what_would_have_been_done(seed):
    host, device = ClipColorJitter(), ClipColorJitter(on_device=True)
    with seeded(seed):
        expected = host(clip_results())
    results = clip_results()
    given = results['imgs']
    with seeded(seed):
        results = device(results)
    assert results['imgs'] is given  # not even read
    assert results['color_map'].shape == (2, 3, 6) and results['color_map'].dtype == np.float32
    for clip, mapping, done in zip(halves(results), results['color_map'], halves(expected)):
        assert np.abs(apply_color_map(clip, mapping).astype(int) - done).max() <= 1  # float32


def test_what_is_left_to_the_device_travels_with_the_sample():
    with seeded(1):
        results = ClipColorJitter(on_device=True)(clip_results())
    results['imgs'] = np.stack(results['imgs'])
    sample = PackActionInputs(meta_keys=('color_map',))(dict(results, label=0))['data_samples']
    assert np.array_equal(sample.metainfo['color_map'], results['color_map'])


def test_an_exact_jitter_makes_the_draws_of_the_other():
    """They differ by a few grey levels, not by what they are."""
    for seed in range(10):
        pair = []
        for exact in (False, True):
            picture = np.random.default_rng(seed).integers(80, 170, (20, 30, 3), dtype=np.uint8)
            with seeded(seed):
                transform = ClipColorJitter(0.2, 0.2, 0.2, 0.02, exact=exact)
                pair.append(transform(dict(imgs=[picture], num_clips=1, clip_len=1))['imgs'])
        assert np.abs(pair[0].astype(int) - pair[1]).mean() < 4


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(hue=0.7), 'hue=0.7'),
        (dict(brightness=-1), 'brightness=-1'),
        (dict(exact=True, on_device=True), 'exact=True with on_device=True'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        ClipColorJitter(**arguments)
