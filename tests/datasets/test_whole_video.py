"""Whole videos as one clip, grey frames of a file, and the yardstick where there are real clips."""

import importlib.util

import av
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS, TRANSFORMS
from mmengine.config import Config

from helpers import ROOT, frame_of, write_clip
from tev_mmaction.datasets.readers import VideoError, open_video


def sample(total, **options):
    transform = TRANSFORMS.build(dict(type='SampleWholeVideo', **options))
    return transform(dict(filename='a.mp4', total_frames=total))


@pytest.mark.parametrize('total', [1, 9, 96, 97, 240, 1000])
def test_frames_are_spread_over_the_video(total):
    results = sample(total)
    indices = results['frame_inds']
    assert len(indices) == min(total, 96) == results['clip_len']
    assert indices[0] == 0 and indices[-1] == total - 1
    steps = np.diff(indices)
    assert len(steps) == 0 or (steps.min() >= 1 and np.ptp(steps) <= 1)
    assert (results['num_clips'], results['frame_interval']) == (1, None)


def test_short_videos_are_refused_by_name():
    with pytest.raises(VideoError, match='a.mp4: has 8 frames, 9 are needed.*--min-frames 9'):
        sample(8, min_frames=9)
    with pytest.raises(ValueError, match='min_frames=7, max_frames=5'):
        sample(8, min_frames=7, max_frames=5)


def test_grey_is_the_luma_of_the_file(tmp_path):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (4, 48, 64, 3), dtype=np.uint8)
    path = write_clip(tmp_path / 'a.mp4', 4, color=lambda index: pictures[index])
    with av.open(str(path)) as container:
        luma = [f.to_ndarray(format='gray') for f in container.decode(video=0)]
    grey = open_video(str(path), 'pyav').read([1, 3], grey=True)
    assert grey.shape == (2, 48, 64, 3)
    for picture, expected in zip(grey, (luma[1], luma[3])):
        assert (picture == expected[..., None]).all()
    other = open_video(str(path), 'decord').read([1, 3], grey=True)
    assert (other == other[..., :1]).all()
    assert np.abs(other.astype(int) - grey).mean() < 3


def test_grey_in_a_pipeline(tmp_path):
    path = write_clip(tmp_path / 'a.mp4', 12)
    results = dict(filename=str(path))
    for step in (dict(type='VideoInit'), dict(type='SampleWholeVideo', max_frames=3)):
        results = TRANSFORMS.build(step)(results)
    plain, grey = (TRANSFORMS.build(dict(type='VideoDecode', grey=g)) for g in (False, True))
    assert [frame_of(img) for img in plain(dict(results))['imgs']] == [0, 6, 11]
    results['video_reader'] = open_video(str(path))
    for img in grey(results)['imgs']:
        assert (img[..., 0] == img[..., 2]).all()
    assert (repr(plain), repr(grey)) == ('VideoDecode()', 'VideoDecode(grey=True)')


def test_the_numbers_are_those_of_the_yardstick(real_clips):
    script = real_clips / '../flow_baseline.py'
    if not script.is_file():
        pytest.skip(f'no {script}')
    spec = importlib.util.spec_from_file_location('flow_baseline', script)
    yardstick = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(yardstick)
    cfg = Config.fromfile(ROOT / 'configs/studies/motion/flow.py')
    names = sorted(path.name for path in (real_clips / 'gestures').glob('*.mp4'))[::16]
    for reverse in (False, True):
        pipeline = list(cfg.test_pipeline)
        if reverse:
            pipeline.insert(2, dict(type='ReversePlayback'))
        dataset = DATASETS.build(
            dict(
                type='VideoDataset',
                ann_file='',
                pipeline=pipeline,
                test_mode=True,
                lazy_init=True,
            )
        )
        for name in names:
            path = str(real_clips / 'gestures' / name)
            packed = dataset.pipeline(dict(filename=path, label=0, start_index=0, modality='RGB'))
            with torch.no_grad():
                feature = MODELS.build(cfg.model.backbone)(packed['inputs'].float())
            np.testing.assert_allclose(
                feature.flatten().numpy(), yardstick.describe(path, reverse), atol=1e-5
            )
