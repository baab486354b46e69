import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from helpers import build_dataset, dataset_cfg
from tev_mmaction.models.heads import collect_targets
from tev_mmaction.motion import flow_pictures


def build(**arguments):
    return TRANSFORMS.build(dict(type='ClipFlow', **arguments))


def results_of():
    frames = np.random.default_rng(0).integers(0, 256, (6, 16, 20, 3), np.uint8)
    return dict(imgs=list(frames), num_clips=2, clip_len=3, clip_labels={}), frames


def test_flow_takes_the_place_of_frames_or_stands_beside_them():
    results, frames = results_of()
    flow = np.concatenate([flow_pictures(frames[:3], 0.1), flow_pictures(frames[3:], 0.1)])
    assert (build(bound=0.1)(results)['imgs'] == flow).all() and not results['clip_labels']
    for other, shown, label in (('flow', frames, flow), ('rgb', flow, frames)):
        results = build(bound=0.1, other=other)(results_of()[0])
        assert (results['imgs'] == shown).all()
        stream = results['clip_labels']['other_stream']
        assert stream.shape == (2, 3, 3, 16, 20) and stream.dtype == np.uint8
        for clip in range(2):
            for time in range(3):
                picture = label[3 * clip + time]
                assert (stream[clip, :, time].transpose(1, 2, 0) == picture).all()


def test_the_other_stream_reaches_the_targets(clips):
    steps = dataset_cfg('')['pipeline']
    at = [step['type'] for step in steps].index('ClipColorJitter')
    steps[at] = dict(type='ClipFlow', other='rgb')
    samples = build_dataset(clips, pipeline=steps).__getitems__([3, 7])
    stream = collect_targets([sample['data_samples'] for sample in samples])['other_stream']
    for sample, frames in zip(samples, stream.numpy()):
        for shown, clip in zip(sample['inputs'].numpy(), frames):
            clip = np.ascontiguousarray(clip.transpose(1, 2, 3, 0))
            assert (shown.transpose(1, 2, 3, 0) == flow_pictures(clip, 0.18)).all()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match='bound=0'):
        build(bound=0)
    with pytest.raises(ValueError, match="other='depth': give one of"):
        build(other='depth')
    assert repr(build()) == 'ClipFlow(bound=0.18, other=None)'
