"""The online probe: figures as scikit-learn says, and a training that does not notice."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.datasets import VideoDataset
from mmaction.structures import ActionDataSample
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler, normalize
from sklearn.svm import LinearSVC
from torch import nn

from helpers import dataset_cfg, model_cfg
from processes import run_ranks
from tev_mmaction.engine import OnlineProbeHook
from tev_mmaction.reporting import read_evaluations
from toy_runs import messages, recognizer_cfg, runner_of

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
NO_VALIDATION = dict(
    val_dataloader=None, val_cfg=None, val_evaluator=None,
    test_dataloader=None, test_cfg=None, test_evaluator=None,
)  # fmt: skip


@pytest.fixture(scope='module')
def lists(clips, tmp_path_factory):
    """Eight videos of the gallery and four queries, of three classes."""
    folder = tmp_path_factory.mktemp('lists')
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    (folder / 'gallery.txt').write_text(''.join(lines[:8]))
    (folder / 'queries.txt').write_text(''.join(lines[8:]))
    return dict(
        gallery_ann_file=str(folder / 'gallery.txt'),
        ann_file=str(folder / 'queries.txt'),
        data_prefix=dict(video=str(clips)),
    )


def pretraining(work_dir, clips, hooks, **changes):
    """A pre-training of one batch an epoch."""
    loader = dict(
        batch_size=4,
        num_workers=0,
        drop_last=True,
        sampler=dict(type='DefaultSampler', shuffle=True),
        dataset=dataset_cfg(clips),
    )
    model = model_cfg(heads=dict(speed=dict(type='SpeedHead', speeds=(1, 2, 4))))
    options = dict(NO_VALIDATION, train_dataloader=loader, **changes)
    options.setdefault('train_cfg', dict(type='EpochBasedTrainLoop', max_epochs=2))
    return runner_of(work_dir, model, hooks, **options)


def test_curves_of_a_training_that_does_not_notice(clips, lists, tmp_path):
    probe = dict(type='OnlineProbeHook', **lists)
    with_probe = pretraining(tmp_path / 'with', clips, [probe])
    with_probe.train()
    without = pretraining(tmp_path / 'without', clips, [])
    without.train()
    for name, tensor in without.model.state_dict().items():
        assert torch.equal(tensor, with_probe.model.state_dict()[name]), name
    figures = read_evaluations(str(tmp_path / 'with'))
    assert set(figures) == {
        'probe/nn1', 'probe/top1', 'probe/chance_nn1', 'probe/chance_top1'
    }  # fmt: skip
    assert all(epochs == [0, 1, 2] for epochs, _ in figures.values())
    gallery, known, queries, asked = features_of(with_probe)
    scaler = StandardScaler().fit(gallery)
    gallery, queries = scaler.transform(gallery), scaler.transform(queries)
    nearest = KNeighborsClassifier(1).fit(normalize(gallery), known)
    svm = LinearSVC(C=0.01, max_iter=5000, random_state=0).fit(gallery, known)
    assert figures['probe/nn1'][1][-1] == nearest.score(normalize(queries), asked)
    assert figures['probe/top1'][1][-1] == svm.score(queries, asked)
    assert figures['probe/chance_top1'][1][-1] == np.bincount(asked).max() / len(asked)
    (line,) = messages(with_probe, 'online probe, epoch 2')
    assert '8 and 4 videos' in line


def features_of(runner):
    """Features of the lists, from clips that are cut out by hand."""
    hook = next(hook for hook in runner.hooks if isinstance(hook, OnlineProbeHook))
    dataset, model = hook._loader.dataset, runner.model.eval()
    parts = dict(gallery=([], []), query=([], []))
    for index in range(len(dataset)):
        sample = dataset[index]
        assert sample['inputs'].shape == (1, 3, 8, 32, 32)
        mean, std = (torch.tensor(values)[:, None, None, None] for values in (MEAN, STD))
        pixels = (sample['inputs'] - mean) / std
        with torch.no_grad():
            feature = model.backbone(pixels).mean(dim=(2, 3, 4))[0].double().numpy()
        features, labels = parts[sample['data_samples'].subset]
        features.append(feature)
        labels.append(int(sample['data_samples'].gt_label))
    return [np.array(part) for subset in ('gallery', 'query') for part in parts[subset]]


def test_videos_are_decoded_once_if_they_fit(clips, lists, tmp_path, monkeypatch):
    opened = []
    get = VideoDataset.get_data_info
    monkeypatch.setattr(
        VideoDataset, 'get_data_info', lambda self, i: opened.append(i) or get(self, i)
    )
    for room, times in ((1, 1), (1e-5, 2)):
        opened.clear()
        probe = OnlineProbeHook(**lists, max_memory=room, clip_len=8, size=32, batch_size=4)
        runner = SimpleNamespace(
            train_dataloader=SimpleNamespace(dataset=None),
            iter=1,
            model=Features(),
            logger=Logger(),
        )
        probe.before_train(runner)
        for _ in range(2):
            assert len(probe._videos(runner)) == 12
        assert len(opened) == 12 * times
        assert len(runner.logger.warned) == times - 1
    assert '0.00027 GiB do not fit into max_memory=1e-05' in runner.logger.warned[0]


class Logger:
    """Keeps warnings."""

    def __init__(self):
        self.warned = []

    def warning(self, message):
        self.warned.append(message)


class Features(nn.Module):
    """Says the mean colours of clips."""

    def val_step(self, batch):
        samples = []
        for clips, sample in zip(batch['inputs'], batch['data_samples']):
            said = ActionDataSample(metainfo=sample.metainfo, gt_label=sample.gt_label)
            said.clip_features = clips.float().mean(dim=(2, 3, 4))
            samples.append(said)
        return samples


def gather_rank(rank, folder, lists):
    init_default_scope('mmaction')
    probe = OnlineProbeHook(**lists, clip_len=8, size=32, batch_size=5)
    loader = SimpleNamespace(dataset=None)
    runner = SimpleNamespace(train_dataloader=loader, iter=1, model=Features(), logger=None)
    probe.before_train(runner)
    torch.save((len(probe._loader), probe._videos(runner)), f'{folder}/rank{rank}')


def test_processes_share_the_videos(lists, tmp_path):
    run_ranks(gather_rank, 2, str(tmp_path), lists)
    found = [torch.load(tmp_path / f'rank{rank}', weights_only=False) for rank in (0, 1)]
    for batches, videos in found:
        assert batches == 2  # of six videos each
        names = [Path(name).name for _, _, name, _ in videos]
        assert names == [f'clip_{number:02d}.mp4' for number in range(12)]
        assert [label for _, label, _, _ in videos] == [number % 3 for number in range(12)]
        assert [subset for subset, *_ in videos] == ['gallery'] * 8 + ['query'] * 4
    for one, two in zip(found[0][1], found[1][1]):
        np.testing.assert_array_equal(one[3], two[3])


def test_a_collapse_is_a_warning(clips, lists, tmp_path):
    probe = dict(type='OnlineProbeHook', **lists)
    runner = pretraining(
        tmp_path, clips, [probe], train_cfg=dict(type='IterBasedTrainLoop', max_iters=2)
    )
    runner.register_hook(Collapse(), 'HIGHEST')
    runner.train()
    (line,) = messages(runner, 'no figures after 2', 'WARNING')
    assert 'all-zero feature' in line
    (log,) = tmp_path.glob('*/vis_data/scalars.json')
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row['step'] for row in rows if 'probe/nn1' in row] == [0, 1]


class Collapse(Hook):
    """Makes all features zero after the second iteration."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if batch_idx == 1:
            for weight in runner.model.backbone.parameters():
                weight.data.zero_()


def test_what_cannot_be_probed_is_refused_before_the_training(clips, lists, tmp_path):
    for wrong, said in (
        (dict(interval=0), 'interval=0: at least 1'),
        (dict(batch_size=0), 'batch_size=0'),
        (dict(max_memory=-1), 'max_memory=-1'),
    ):
        with pytest.raises(ValueError, match=said):
            OnlineProbeHook(**lists, **wrong)
    loader = SimpleNamespace(dataset=[])
    with pytest.raises(ValueError, match=r'clip_len and size of the clips of a list: give it cl'):
        OnlineProbeHook(**lists).before_train(SimpleNamespace(train_dataloader=loader))
    (tmp_path / 'one.txt').write_text('sub 0/clip_00.mp4 0\nsub 1/clip_01.mp4 0\n')
    probe = dict(type='OnlineProbeHook', **dict(lists, gallery_ann_file=str(tmp_path / 'one.txt')))
    with pytest.raises(ValueError, match='all gallery videos are of one class'):
        pretraining(tmp_path, clips, [probe]).train()
    probe = dict(type='OnlineProbeHook', clip_len=8, size=32, **lists)
    runner = runner_of(tmp_path, recognizer_cfg(), probe)
    with pytest.raises(ValueError, match='Recognizer3D gives no clip_features: OnlineProbeHook is'):
        runner.train()
