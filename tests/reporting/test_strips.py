"""Strips show the frames that the model receives, with captions."""

import base64
import io

import numpy as np
from mmaction.registry import DATASETS
from PIL import Image

from helpers import dataset_cfg
from tev_mmaction.reporting.strips import clip_rows


def test_every_frame_is_shown_in_order(clips):
    samples = DATASETS.build(dataset_cfg(clips)).__getitems__([0, 1, 2, 3])
    rows = clip_rows(samples, group_size=2)
    assert [row['group'] for row in rows] == [1, 1, 2, 2]
    for sample, row in zip(samples, rows):
        assert sample['data_samples'].metainfo['filename'].endswith(row['name'])
        assert row['clips'][0]['caption'].startswith('p ') and 'shift' in row['clips'][1]['caption']
        for frames, clip in zip(sample['inputs'].numpy(), row['clips']):
            content = base64.b64decode(clip['strip'].split(',')[1])
            strip = np.array(Image.open(io.BytesIO(content)).convert('RGBA')).astype(int)
            length, height, width = frames.shape[1:]
            step = (strip.shape[1] + 1) // length
            assert strip.shape[0] == height and step == width + 1
            for number in range(length):
                shown = strip[:, number * step : number * step + width, :3]
                error = np.abs(shown - frames[:, number].transpose(1, 2, 0)).mean()
                assert error < 12  # of 255; WebP is lossy
