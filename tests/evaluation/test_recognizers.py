"""Features of our recognizer and of MMAction2's, three-dimensional and not, by one ruler."""

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, METRICS, MODELS
from mmengine.dataset import pseudo_collate

from helpers import model_cfg
from tev_mmaction.evaluation import META_KEYS
from toy_runs import SLOW_ONLY, SMALL

HEAD = dict(type='FeatureHead', average_clips=None)
SLOW_FAST = dict(
    type='ResNet3dSlowFast',
    pretrained=None,
    resample_rate=4,
    speed_ratio=4,
    channel_ratio=4,
    **{
        f'{path}_pathway': dict(
            type='resnet3d',
            depth=18,
            pretrained=None,
            base_channels=width,
            lateral=path == 'slow',
            conv1_kernel=(1, 3, 3),
            conv1_stride_t=1,
            pool1_stride_t=1,
            **extra,
        )
        for path, width, extra in (
            ('slow', 8, dict(inflate=(0, 0, 1, 1), fusion_kernel=5)),
            ('fast', 2, {}),
        )
    },
)
PREPROCESSOR = dict(
    type='ActionDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    format_shape='NCTHW',
)


def batch_of(clips, sampling, shape):
    """Six videos, the first four of them the gallery."""
    folder = clips
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    lists = {}
    for name, part in (('gallery', lines[:4]), ('query', lines[4:6])):
        lists[name] = clips / f'{name}_of_six.txt'
        lists[name].write_text(''.join(part))
    dataset = DATASETS.build(
        dict(
            type='GalleryQueryDataset',
            gallery_ann_file=str(lists['gallery']),
            ann_file=str(lists['query']),
            data_prefix=dict(video=str(folder)),
            pipeline=[
                dict(type='VideoInit'),
                dict(type='SampleFrames', test_mode=True, **sampling),
                dict(type='VideoDecode'),
                dict(type='Resize', scale=(-1, 32)),
                dict(type='CenterCrop', crop_size=32),
                dict(type='FormatShape', input_format=shape),
                dict(type='PackActionInputs', meta_keys=META_KEYS),
            ],
        )
    )
    return pseudo_collate([dataset[index] for index in range(6)])


def metric_of(**protocol):
    settings = dict(name='test', split='six videos', crops='center', size=32, **protocol)
    return METRICS.build(dict(type='RetrievalMetric', topk=(1,), protocol=settings))


RECOGNIZERS = {
    'ours': (model_cfg(), 32),
    'VideoResNet': (dict(type='Recognizer3D', backbone=SMALL, cls_head=HEAD), 32),
    'SlowOnly': (dict(type='Recognizer3D', backbone=SLOW_ONLY, cls_head=HEAD), 32),
    'SlowFast': (
        dict(
            type='Recognizer3D',
            backbone=SLOW_FAST,
            cls_head=dict(backbone_name='slowfast', **HEAD),
        ),
        64 + 16,
    ),
}


@pytest.mark.parametrize('name', RECOGNIZERS)
def test_clips(clips, name):
    cfg, width = RECOGNIZERS[name]
    torch.manual_seed(0)
    model = MODELS.build(dict(cfg, data_preprocessor=PREPROCESSOR)).eval()
    batch = batch_of(clips, dict(clip_len=8, frame_interval=2, num_clips=3), 'NCTHW')
    metric = metric_of(clip_len=8, frame_interval=2, num_clips=3)
    with torch.no_grad():
        metric.process(batch, [as_dict(output) for output in model.test_step(batch)])
        inputs = model.data_preprocessor(batch)['inputs']
        for video, views in zip(metric.results, inputs):
            stages = model.backbone(views)
            stages = stages if isinstance(stages, tuple) else (stages,)
            pooled = torch.cat([stage.mean(dim=(2, 3, 4)) for stage in stages], dim=1).mean(dim=0)
            np.testing.assert_allclose(video.feature, pooled.numpy(), rtol=1e-4, atol=1e-6)
            assert video.feature.shape == (width,)
    assert [video.subset for video in metric.results] == ['gallery'] * 4 + ['query'] * 2
    assert set(metric.evaluate(6)) == {'retrieval/R@1', 'retrieval/nn1', 'retrieval/nn1_mean'}


def test_single_frames(clips):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18, pretrained=None, norm_eval=False),
            cls_head=HEAD,
            data_preprocessor=dict(PREPROCESSOR, format_shape='NCHW'),
        )
    ).eval()
    batch = batch_of(clips, dict(clip_len=1, frame_interval=1, num_clips=5), 'NCHW')
    metric = metric_of(clip_len=5, frame_interval=None, num_clips=1)
    with torch.no_grad():
        metric.process(batch, model.test_step(batch))
        for video, frames in zip(metric.results, model.data_preprocessor(batch)['inputs']):
            expected = model.backbone(frames).mean(dim=(0, 2, 3))
            np.testing.assert_allclose(video.feature, expected.numpy(), rtol=1e-4, atol=1e-6)


def as_dict(output):
    """As mmengine's Evaluator hands data samples on."""
    return output if isinstance(output, torch.Tensor) else output.to_dict()
