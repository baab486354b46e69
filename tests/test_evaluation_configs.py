"""Every config of retrieval/ and linear/ builds in a clean process and takes the clips it names."""

import json

import pytest

from helpers import ROOT
from processes import run

BACKBONES = {
    'r3d18': 'tev_r3d18_ucf101',
    'r2plus1d': 'tev_r2plus1d_ucf101',
    's3dg': 'tev_s3dg_k400',
}
# the split, and the lists
DATA = {
    'ucf101': ('UCF101 split 1', 'ucf101_{}_split_1_videos.txt'),
    'hmdb51': ('HMDB51 split 1', 'hmdb51_{}_split_1_videos.txt'),
    'diving48': ('Diving48 V2', 'diving48_{}_list_videos.txt'),
    'sthv2': ('Something-Something V2', 'sthv2_{}_list_videos.txt'),
}
# clip length, interval, clips, views, size, pooling, standardisation
PROTOCOLS = {
    '': ('tev', 16, 4, 10, 30, 112, 'mean', 'gallery'),
    '16x2': ('tev', 16, 2, 10, 30, 112, 'mean', 'gallery'),
    '32x128': ('tev', 32, 4, 10, 30, 128, 'mean', 'gallery'),
    '_coclr': ('CoCLR', 32, 1, 10, 10, 128, 'mean_of_unit', 'own_mean'),
    '_pcl': ('PCL', 16, 1, 10, 10, 112, 'mean', 'none'),
    '_tclr': ('TCLR', 16, 2, 9, 9, 112, 'mean', 'none'),
}
# config: backbone, data, protocol
CASES = {
    **{
        f'{kind}{backbone}_{data}{suffix}': (backbone, data, suffix)
        for backbone in ('r3d18', 'r2plus1d')
        for data in ('ucf101', 'hmdb51')
        for kind, suffix in [
            ('linear/svm_', ''),
            *(('retrieval/', suffix) for suffix in ('', '_coclr', '_pcl', '_tclr')),
        ]
    },
    **{
        f'{kind}{backbone}_{data}': (backbone, data, '16x2')
        for backbone in ('r3d18', 'r2plus1d')
        for kind, data in (
            ('retrieval/', 'diving48'),
            ('retrieval/', 'sthv2'),
            ('linear/svm_', 'sthv2'),
        )
    },
    **{f'retrieval/s3dg_{data}': ('s3dg', data, '32x128') for data in ('ucf101', 'hmdb51')},
}
DEMO = 'studies/demo/evaluate_r3d10'

# In a process that has imported nothing of ours: the configs have to bring the plugin themselves.
BUILD = """
import json, sys
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
folder, *names = sys.argv[1:]
facts = {}
for name in names:
    cfg = Config.fromfile(f'configs/{name}.py')
    init_default_scope(cfg.default_scope)
    from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS
    data = cfg.test_dataloader.dataset
    lists = [data.gallery_ann_file, data.ann_file, data.get('class_file'), data.data_root]
    data.update(data_root=folder, gallery_ann_file='gallery.txt', ann_file='query.txt',
                class_file='classes.txt', data_prefix=dict(video='videos'))
    sample = DATASETS.build(data)[0]
    evaluators = cfg.test_evaluator
    metrics = [METRICS.build(e) for e in (evaluators if isinstance(evaluators, list)
                                          else [evaluators])]
    for metric in metrics:
        metric.protocol.check(sample['inputs'].shape, sample['data_samples'].metainfo)
    protocol = metrics[0].protocol
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    features = model.cls_head(torch.zeros(2, 7, 3, 2, 2)) if hasattr(model, 'cls_head') else None
    facts[name] = dict(
        lists=lists,
        metrics=[type(metric).__name__ for metric in metrics],
        protocol=protocol.to_dict(), views=protocol.num_views, shape=list(sample['inputs'].shape),
        recognizer=type(model).__name__, backbone=dict(cfg.model.backbone),
        mean=cfg.model.data_preprocessor.mean,
        features=features is not None and list(features.shape),
        average=features is not None and model.cls_head.average_clips,
        hooks=[type(HOOKS.build(hook)).__name__ for hook in cfg.custom_hooks])
print(json.dumps(facts))
"""


def names_of(folder):
    return sorted(f'{folder}/{path.stem}' for path in (ROOT / 'configs' / folder).glob('*.py'))


@pytest.fixture(scope='module')
def facts(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp('lists')
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    (folder / 'gallery.txt').write_text(''.join(lines[:9]))
    (folder / 'query.txt').write_text(''.join(lines[9:]))
    (folder / 'classes.txt').write_text('a\nb\nc\n')
    (folder / 'videos').symlink_to(clips)
    names = [*names_of('retrieval'), *names_of('linear'), *BACKBONES.values()]
    names += [DEMO, 'tev_r3d18_ucf101-monitored']
    script = BUILD.replace(
        '    data = cfg.test_dataloader.dataset\n',
        "    if 'test_dataloader' not in cfg:\n"
        '        facts[name] = dict(backbone=dict(cfg.model.backbone))\n'
        '        continue\n'
        '    data = cfg.test_dataloader.dataset\n',
    )
    (folder / 'build.py').write_text(script)
    done = run(folder / 'build.py', folder, *names)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_no_config_is_missing_or_forgotten():
    assert sorted([*names_of('linear'), *names_of('retrieval')]) == sorted(CASES)


@pytest.mark.parametrize('config', CASES)
def test_config(facts, config):
    found, (backbone, data, preset) = facts[config], CASES[config]
    name, length, interval, clips, views, size, pooling, standardisation = PROTOCOLS[preset]
    protocol, (split, lists) = found['protocol'], DATA[data]
    assert protocol['name'] == name and protocol['split'] == split
    assert (protocol['clip_len'], protocol['frame_interval']) == (length, interval)
    assert (protocol['num_clips'], found['views'], protocol['size']) == (clips, views, size)
    assert (protocol['view_pooling'], protocol['standardisation']) == (pooling, standardisation)
    assert found['shape'] == [views, 3, length, size, size]
    svm = config.startswith('linear/')
    retrieval = ['RetrievalMetric', 'ChiralityMetric'][: 2 if data == 'sthv2' else 1]
    assert found['metrics'] == (['LinearProbeMetric'] if svm else retrieval)
    assert protocol['metric'] == ('linear_svm' if svm else 'cosine')
    assert protocol['feature_pooling'] == ('space' if preset == '_tclr' else 'space-time')
    assert found['lists'] == [
        lists.format('train'),
        lists.format('val'),
        f'{data}_classes.txt',
        f'data/{data}',
    ]
    assert found['recognizer'] == 'Recognizer3D' and found['average'] is None
    assert found['features'] == ([2, 7, 3] if preset == '_tclr' else [2, 7])
    assert found['backbone'] == facts[BACKBONES[backbone]]['backbone']
    assert found['mean'] == [123.675, 116.28, 103.53]
    assert found['hooks'] == ['BackboneWeightsHook', 'EvaluationReportHook']


def test_the_demo(facts):
    found = facts[DEMO]
    assert found['metrics'] == ['RetrievalMetric', 'LinearProbeMetric']
    assert found['shape'] == [10, 3, 8, 32, 32] and found['features'] == [2, 7]


def test_monitoring(facts):
    found = facts['tev_r3d18_ucf101-monitored']
    assert found['recognizer'] == 'TimeEquivariantRecognizer'
    assert found['shape'] == [1, 3, 16, 112, 112] and found['metrics'] == ['RetrievalMetric']
    hooks = ['ClipPairBatchHook', 'SkippedVideosHook', 'ThroughputHook', 'EvaluationReportHook']
    assert found['hooks'] == hooks
