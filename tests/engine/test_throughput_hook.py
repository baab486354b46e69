"""ThroughputHook in runs whose clock is made up: loading and training take what a test says."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import DATASETS, HOOKS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.hooks import iter_timer_hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import Dataset

from helpers import ROOT, dataset_cfg
from tev_mmaction.engine.hooks import throughput_hook
from tev_mmaction.engine.hooks.throughput_hook import _remedies
from toy_runs import messages, runner_of

HOOK = dict(type='ThroughputHook', window=4, max_data_share=0.25)
WARM_UP = 5  # iterations
now = [0.0]  # the clock, seconds
loading = itertools.repeat(1.0)  # seconds of every batch


@DATASETS.register_module()
class PairsThatTake(Dataset):
    """Two clips a video; a batch takes the next of ``loading`` seconds."""

    metainfo = dict()

    def __init__(self, num_videos):
        self.num_videos = num_videos

    def __len__(self):
        return self.num_videos

    def __getitems__(self, indices):
        now[0] += next(loading)
        clip = torch.zeros(2, 3, 1, 1, 1, dtype=torch.uint8)
        return [dict(inputs=clip, data_samples=ActionDataSample()) for _ in indices]


@MODELS.register_module()
class TrainsFor(BaseModel):
    """A model of one weight, whose step takes a second."""

    def __init__(self, data_preprocessor=None):
        super().__init__(data_preprocessor)
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, data_samples, mode):
        now[0] += 1
        return dict(loss=self.weight)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time passes only where a test lets it."""
    now[0] = 0.0
    monkeypatch.setattr(iter_timer_hook, 'time', SimpleNamespace(time=lambda: now[0]))


def runner(work_dir, seconds, hook=HOOK, num_videos=60, max_epochs=1, **changes) -> Runner:
    """Batches of three videos; ``seconds`` to load each, one number or many."""
    global loading
    loading = itertools.repeat(seconds) if isinstance(seconds, float) else iter(seconds)
    return runner_of(
        work_dir,
        model=dict(type='TrainsFor'),
        hook=hook,
        max_epochs=max_epochs,
        train_dataloader=dict(
            batch_size=3,
            num_workers=0,
            dataset=dict(type='PairsThatTake', num_videos=num_videos),
            sampler=dict(type='DefaultSampler', shuffle=False),
        ),
        val_dataloader=None,
        val_cfg=None,
        val_evaluator=None,
        test_dataloader=None,
        test_cfg=None,
        test_evaluator=None,
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1), checkpoint=dict(type='CheckpointHook')
        ),
        **changes,
    )


def rows(runner):
    """What scalars.json has of every iteration."""
    text = (Path(runner.log_dir) / 'vis_data' / 'scalars.json').read_text()
    return [json.loads(line) for line in text.splitlines()]


def warnings_of(runner):
    return messages(runner, 'bottleneck', 'WARNING')


def test_clips_a_second_are_logged_over_the_window(tmp_path):
    """Six clips an iteration of 1 s and what loading takes; means of ratios would differ."""
    seconds = [1.0, 0.0, 0.0, 2.0, 5.0, 0.5, 0.5, 0.0]
    run = runner(tmp_path, seconds, num_videos=24)
    run.train()
    for number, row in enumerate(rows(run)):
        window = seconds[max(0, number - 3) : number + 1]
        expected = 6 * len(window) / sum(1 + s for s in window)
        assert row['clips_per_s'] == pytest.approx(expected)
    assert row['time'] > row['data_time'] > 0  # of mmengine
    lines = messages(run, 'Epoch(train)')
    assert len(lines) == 8 and 'clips_per_s: 2.4000' in lines[-1]


def test_a_slow_loader_is_warned_of_once_with_the_remedies(tmp_path, monkeypatch):
    monkeypatch.setattr('os.sched_getaffinity', lambda _: set(range(6)), raising=False)
    run = runner(tmp_path, 1.0, max_epochs=3)
    run.train()
    (warning,) = warnings_of(run)
    assert '50% of the last 4 iterations' in warning and '2.000 s an iteration' in warning
    assert 'python tools/data/cache_videos.py' in warning
    assert 'raise train_dataloader.num_workers (now 0; 6 cores a process)' in warning
    text = [record.getMessage() for record in run.logged]
    before = [line for line in text[: text.index(warning)] if 'Epoch(train)' in line]
    assert len(before) == WARM_UP + 4 - 1  # its own iteration is logged after it


@pytest.mark.parametrize('seconds, warned', [(0.32, 0), (0.34, 1)])
def test_the_share_decides(tmp_path, seconds, warned):
    """0.333 of 1.333 s is the quarter that is allowed."""
    run = runner(tmp_path, seconds)
    run.train()
    assert len(warnings_of(run)) == warned


def test_slow_starts_of_run_and_epochs_are_not_warned_of(tmp_path):
    first, later = [9.0] * 5 + [0.0] * 15, [9.0] + [0.0] * 19
    run = runner(tmp_path, first + later + later, max_epochs=3)
    run.train()
    assert not warnings_of(run)


def test_a_loader_that_becomes_slow_is_warned_of(tmp_path):
    run = runner(tmp_path, [0.0] * 12 + [1.0] * 8)
    run.train()
    assert len(warnings_of(run)) == 1


def test_every_worker_may_deliver_its_first_batch(tmp_path):
    """Of a loader with three workers, the first three batches of an epoch are left out."""
    hook = HOOKS.build(HOOK)
    scalars = {'train/time': 2.0, 'train/data_time': 1.0}
    logged = []
    run = SimpleNamespace(
        message_hub=SimpleNamespace(
            get_scalar=lambda key: SimpleNamespace(current=lambda: scalars[key]),
            update_scalar=lambda *_: None,
        ),
        train_dataloader=SimpleNamespace(num_workers=3, dataset=None),
        logger=SimpleNamespace(warning=logged.append),
    )
    batch = dict(inputs=[torch.zeros(2, 1)])

    def train(batches):
        for number in batches:
            hook.before_train_iter(run, number, batch)
            hook.after_train_iter(run, number, batch)

    for _ in range(4):
        train(range(3))
    train(range(6))
    assert not logged  # three of four that are needed
    train(range(4))
    assert len(logged) == 1


def test_a_slow_stretch_shorter_than_half_a_window_is_not_warned_of(tmp_path):
    hook = dict(HOOK, window=10, max_data_share=0.5)
    run = runner(tmp_path, [0.0] * 8 + [1.9] * 4 + [0.0] * 8, hook=hook)
    run.train()
    assert not warnings_of(run)


def test_a_resumed_run_warms_up_again_and_goes_on_logging(tmp_path):
    run = runner(tmp_path, 0.0, max_epochs=1)
    run.train()
    seconds = [9.0] * 5 + [0.0] * 15
    again = runner(
        tmp_path, seconds, max_epochs=2, resume=True, load_from=str(tmp_path / 'epoch_1.pth')
    )
    again.train()
    assert again.iter == 40 and not warnings_of(again)
    assert rows(again)[-20]['clips_per_s'] == pytest.approx(6 / 10)
    assert rows(again)[-1]['clips_per_s'] == pytest.approx(6)
    assert len(again.message_hub.get_scalar('train/clips_per_s').data[0]) == 40


def test_the_index_is_named_where_there_is_none(tmp_path, clips):
    dataset = DATASETS.build(dataset_cfg(clips))
    loader = SimpleNamespace(dataset=dataset, num_workers=10**6)
    remedies = _remedies(loader)
    assert 'tools/data/index_videos.py' in remedies[-1] and 'more cores' in remedies[1]
    for number in range(len(dataset)):
        dataset.data_list.append({**dataset.get_data_info(number), 'num_frames': 40})
    dataset.get_data_info = lambda _: dataset.data_list[-1]
    assert len(_remedies(loader)) == 2


@pytest.mark.parametrize('stacked', [False, True])
def test_all_ranks_count_and_the_slowest_decides(stacked, monkeypatch):
    """Rank 0, which does not wait for data itself, waits in the gradients for one that does."""
    reduced = []

    def slowest(tensor, op):
        reduced.append(op)
        tensor.fill_(0.6)

    monkeypatch.setattr(throughput_hook, 'get_world_size', lambda: 8)
    monkeypatch.setattr(throughput_hook, 'all_reduce', slowest)
    hook, logged, rates = HOOKS.build(HOOK), [], []
    times = {'train/time': 2.0, 'train/data_time': 0.0}
    run = SimpleNamespace(
        message_hub=SimpleNamespace(
            get_scalar=lambda key: SimpleNamespace(current=lambda: times[key]),
            update_scalar=lambda key, value: rates.append(value),
        ),
        train_dataloader=SimpleNamespace(num_workers=0, dataset=None),
        logger=SimpleNamespace(warning=logged.append),
    )
    inputs = torch.zeros(3, 2, 1) if stacked else [torch.zeros(2, 1)] * 3
    for number in range(30):
        hook.before_train_iter(run, number, dict(inputs=inputs))
        hook.after_train_iter(run, number)
    assert rates == [pytest.approx(8 * 6 / 2)] * 30
    assert reduced == ['max'] and len(logged) == 1 and '60%' in logged[0]


@pytest.mark.parametrize(
    'changes', [dict(window=0), dict(max_data_share=0), dict(max_data_share=1.0)]
)
def test_wrong_arguments_are_refused(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f'ThroughputHook.{name}='):
        HOOKS.build({**HOOK, **changes})


def test_a_run_without_timer_is_refused(tmp_path):
    run = runner(tmp_path, 0.0)
    run._hooks = [hook for hook in run.hooks if type(hook).__name__ != 'IterTimerHook']
    with pytest.raises(ValueError, match='default_hooks.timer'):
        run.train()


def test_every_pretraining_run_has_the_hook_at_the_end():
    """README names custom_hooks by position."""
    cfg = Config.fromfile(ROOT / 'configs/tev_r3d18_ucf101.py')
    assert [hook.type for hook in cfg.custom_hooks][1:] == ['SkippedVideosHook', 'ThroughputHook']
