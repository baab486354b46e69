import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from helpers import clip_results, halves
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.transforms import ClipFlip, ClipRandomResizedCrop

TRANSFORM_CFGS = [
    dict(type='ClipRandomResizedCrop', size=24),
    dict(type='ClipFlip', flip_ratio=0.5),
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


@pytest.mark.parametrize(
    'build, named',
    [
        (lambda: ClipRandomResizedCrop(0), 'size=0'),
        (lambda: ClipRandomResizedCrop(8, area_range=(0.5, 0.2)), 'area_range'),
        (lambda: ClipRandomResizedCrop(8, area_range=(0.5, 1.2)), 'area_range'),
        (lambda: ClipFlip(1.5), 'flip_ratio=1.5'),
    ],
)
def test_wrong_arguments_are_refused(build, named):
    with pytest.raises(ValueError, match=named):
        build()
