import numpy as np
from mmaction.registry import TRANSFORMS

from helpers import build_dataset, dataset_cfg
from tev_mmaction.models.heads import collect_targets
from tev_mmaction.motion import clip_statistics


def test_every_clip_has_the_statistics_of_its_frames(clips):
    steps = dataset_cfg('')['pipeline']
    at = [step['type'] for step in steps].index('ClipColorJitter')
    steps[at] = dict(type='ClipStatistics')
    samples = build_dataset(clips, pipeline=steps).__getitems__([3, 7])
    found = collect_targets([sample['data_samples'] for sample in samples])['statistics']
    for sample, of_video in zip(samples, found.numpy()):
        for clip, statistics in zip(sample['inputs'].numpy(), of_video):
            frames = np.ascontiguousarray(clip.transpose(1, 2, 3, 0))
            assert statistics.tolist() == clip_statistics(frames).tolist()
    assert repr(TRANSFORMS.build(steps[at])) == 'ClipStatistics()'
