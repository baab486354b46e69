from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import DATASETS, HOOKS
from mmengine.dataset import RepeatDataset
from torch.utils.data import Subset

from helpers import build_dataset, dataset_cfg
from runners import runner_of


@pytest.fixture
def dataset(clips):
    return DATASETS.build(dataset_cfg(clips))


def check(runner):
    HOOKS.build(dict(type='ClipPairBatchHook')).before_train(runner)


def test_fitting_batches_pass(dataset, caplog):
    check(runner_of(dataset, 4))
    check(runner_of(dataset, 12))
    check(runner_of(dataset, 8, drop_last=False))  # 12 = 8 + 4
    check(runner_of(Subset(dataset, range(6)), 2))
    assert not caplog.records


def test_odd_batches_are_refused_with_even_ones_named(dataset):
    with pytest.raises(ValueError, match='batch_size=5 .* groups of 2.* use 4 or 6'):
        check(runner_of(dataset, 5))
    with pytest.raises(ValueError, match='use 2$'):
        check(runner_of(dataset, 1))


def test_a_last_batch_of_one_is_refused(clips):
    dataset = DATASETS.build(dataset_cfg(clips, indices=9))
    check(runner_of(dataset, 4, drop_last=True))
    with pytest.raises(ValueError, match='last batch of 1.*drop_last=True'):
        check(runner_of(dataset, 4, drop_last=False))


def test_wrappers_that_hide_the_groups_are_refused(dataset):
    with pytest.raises(TypeError, match='RepeatDataset hides.*max_epochs'):
        check(runner_of(RepeatDataset(dataset, 2), 4))


def test_unshuffled_batches_are_warned_of(dataset, caplog):
    check(runner_of(dataset, 4, shuffle=False))
    assert 'does not shuffle' in caplog.text


def test_batches_of_one_video_are_warned_of(clips, caplog):
    check(runner_of(build_dataset(clips, group_size=1), 1))
    assert 'batch_size is 1' in caplog.text and 'repeats the draws of the first' in caplog.text


def batch_with(*skipped):
    return dict(data_samples=[SimpleNamespace(metainfo=dict(skipped=skipped))])


def test_skipped_videos_are_named_once_counted_and_written(dataset, caplog, tmp_path):
    hook = HOOKS.build(dict(type='SkippedVideosHook', max_share=0.5))
    runner = runner_of(dataset, 4, work_dir=str(tmp_path))
    for _ in range(3):
        hook.before_train_iter(runner, 0, batch_with(('b.mp4', 'is empty'), ('a.mp4', 'no video')))
    hook.before_train_iter(runner, 0, batch_with())
    assert [r.message for r in caplog.records] == [
        'skipped video 1: b.mp4: is empty',
        'skipped video 2: a.mp4: no video',
    ]
    hook.after_train_epoch(runner)
    assert (tmp_path / 'skipped_videos.txt').read_text() == 'a.mp4\tno video\nb.mp4\tis empty\n'


def test_too_many_skipped_videos_stop_the_run(dataset, tmp_path):
    hook = HOOKS.build(dict(type='SkippedVideosHook', max_share=0.1))  # 1.2 of 12
    runner = runner_of(dataset, 4, work_dir=str(tmp_path))
    hook.before_train_iter(runner, 0, batch_with(('a.mp4', 'no video')))
    with pytest.raises(RuntimeError, match='2 of 12 .* 10%: a.mp4: no video; .*max_share'):
        hook.before_train_iter(runner, 0, batch_with(('b.mp4', 'is empty')))


def test_nothing_skipped_writes_nothing(dataset, tmp_path):
    hook = HOOKS.build(dict(type='SkippedVideosHook'))
    hook.after_train_epoch(runner_of(dataset, 4, work_dir=str(tmp_path)))
    assert not list(tmp_path.iterdir())


def test_wrong_share_is_refused():
    with pytest.raises(ValueError, match='max_share=1.5'):
        HOOKS.build(dict(type='SkippedVideosHook', max_share=1.5))


def test_a_resumed_run_remembers_what_was_skipped(dataset, tmp_path, caplog):
    (tmp_path / 'skipped_videos.txt').write_text('a.mp4\tno video\nb.mp')  # killed amid a line
    hook = HOOKS.build(dict(type='SkippedVideosHook', max_share=0.5))
    runner = runner_of(dataset, 4, work_dir=str(tmp_path))
    runner.iter = 7
    hook.before_train(runner)
    hook.before_train_iter(runner, 0, batch_with(('a.mp4', 'no video'), ('b.mp4', 'is empty')))
    assert [r.message for r in caplog.records] == ['skipped video 2: b.mp4: is empty']
    assert len((tmp_path / 'skipped_videos.txt').read_text().splitlines()) == 2


def test_batch_norm_of_one_group_a_rank_is_refused(dataset, monkeypatch, caplog):
    """Invariant 6."""
    from tev_mmaction.engine.hooks import clip_pair_batch_hook

    runner = runner_of(dataset, 2)
    runner.model = torch.nn.Sequential(torch.nn.Conv3d(3, 4, 1), torch.nn.BatchNorm3d(4))
    check(runner)
    monkeypatch.setattr(clip_pair_batch_hook, 'get_world_size', lambda: 2)
    with pytest.raises(ValueError, match="not synchronised.*'GN'.*one group a rank"):
        check(runner)
    several = runner_of(dataset, 4)
    several.model = runner.model
    check(several)
    assert 'not synchronised' in caplog.text
    runner.model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(runner.model)
    check(runner)
