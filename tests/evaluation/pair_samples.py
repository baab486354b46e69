"""Made-up features of pairs of clips, as a test loop hands them to the metric."""

import numpy as np
import torch
from mmaction.structures import ActionDataSample

from tev_mmaction.temporal import IndependentPairsSampler

SPEEDS = (1, 2, 4)


def clips_of(rng, num_videos=40, num_pairs=10, **changes):
    """Clips of each of so many videos of different lengths."""
    cfg = dict(clip_len=8, speeds=SPEEDS, num_pairs=num_pairs) | changes
    sampler = IndependentPairsSampler(**cfg)
    lengths = rng.integers(60, 120, size=num_videos)
    return [sampler.place(None, int(length), rng).clips for length in lengths]


def motion_features(clips, rng, width=12):
    """Start, log speed and direction of each clip, through a random linear map."""
    mixing = rng.normal(size=(3, width))
    facts = [[(c.start / 30, np.log2(c.speed), c.direction) for c in video] for video in clips]
    return [np.array(video) @ mixing + 5 for video in facts]


def appearance_features(clips, rng, width=12):
    """What tells videos, and nothing about a clip, but for noise."""
    return [rng.normal(size=width) + 0.1 * rng.normal(size=(len(v), width)) for v in clips]


def batch_of(clips, features, vectors=None, as_dicts=True):
    """A data batch and the predictions."""
    inputs, samples, outputs = [], [], []
    for number, (video, values) in enumerate(zip(clips, features)):
        info = dict(sample_idx=number, filename=f'v/{number}.mp4', clips=tuple(video), skipped=())
        samples.append(ActionDataSample(metainfo=info))
        inputs.append(torch.zeros(len(video), 3, 8, 4, 4, dtype=torch.uint8))
        output = torch.from_numpy(np.asarray(values))
        if as_dicts:
            output = dict(clip_features=output)
            if vectors is not None:
                output['relative_vectors'] = torch.from_numpy(vectors[number])
        outputs.append(output)
    return dict(inputs=inputs, data_samples=samples), outputs


def evaluate(metric, clips, features, **options):
    """What the metric says of features."""
    batch, outputs = batch_of(clips, features, **options)
    metric.process(batch, outputs)
    return metric.evaluate(len(outputs))
