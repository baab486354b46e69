"""Made-up features of videos, as a test loop hands them to the metrics."""

import numpy as np
import torch
from mmaction.structures import ActionDataSample

PROTOCOL = dict(
    name='test',
    split='made up',
    clip_len=4,
    frame_interval=2,
    num_clips=2,
    crops='three',
    size=8,
)


def feature_arrays(rng, num_gallery=60, num_queries=25, num_classes=5, width=12, spread=1.0):
    """Gaussian classes: features (N, D) and labels (N,) of gallery and queries."""
    centres = rng.normal(size=(num_classes, width))
    parts = []
    for count in (num_gallery, num_queries):
        labels = np.arange(count) % num_classes
        features = centres[labels] + spread * rng.normal(size=(count, width))
        parts.append((features.astype(np.float32), labels))
    return parts


def batch_of(parts, views=6, rng=None, as_dicts=True, names=('gallery', 'query'), groups=()):
    """A data batch and the predictions; views differ from their mean by noise that cancels."""
    inputs, samples, outputs = [], [], []
    for subset, (features, labels) in zip(names, parts):
        for number, (feature, label) in enumerate(zip(features, labels)):
            sample = ActionDataSample()
            sample.set_gt_label(int(label))
            sample.set_metainfo(
                dict(
                    sample_idx=len(samples),
                    filename=f'{subset}/{number}.mp4',
                    subset=subset,
                    num_clips=2,
                    frame_interval=2,
                )
            )
            if len(samples) < len(groups):  # those of the gallery come first
                sample.set_metainfo(dict(group=groups[len(samples)]))
            noise = np.zeros((views, len(feature)))
            if rng is not None:
                noise = rng.normal(size=noise.shape)
                noise -= noise.mean(axis=0)
            clips = torch.from_numpy(feature + noise)
            inputs.append(torch.zeros(views, 3, 4, 8, 8, dtype=torch.uint8))
            samples.append(sample)
            outputs.append(dict(clip_features=clips) if as_dicts else clips)
    return dict(inputs=inputs, data_samples=samples), outputs


def evaluate(metric, parts, **options):
    """What the metric says of features."""
    batch, outputs = batch_of(parts, **options)
    metric.process(batch, outputs)
    return metric.evaluate(len(outputs))
