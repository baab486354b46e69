"""``tools/train.py`` as users run it, on clips that the suite makes itself."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest
import torch

from e2e import ended_group
from e2e.conftest import SMALL
from helpers import ROOT
from processes import Started

CONFIG = 'tev_r3d18_ucf101'
TENSORBOARD = find_spec('tensorboard') is not None
FOUR_EPOCHS = {'train_cfg.max_epochs': 4, 'param_scheduler.1.end': 4}
TASKS = ('equivariance', 'instance', 'speed', 'direction', 'order')


def scalars(work_dir):
    logs = sorted(work_dir.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for log in logs for line in log.read_text().splitlines()]


def weights(path):
    """The model of a checkpoint; reading it needs no more trust than weights do."""
    return torch.load(path, weights_only=True)['state_dict']


@pytest.fixture(scope='module')
def finished(train, clips, tmp_path_factory):
    """An uninterrupted run of four epochs, which TensorBoard can show."""
    work_dir = tmp_path_factory.mktemp('finished')
    backend = {'visualizer.vis_backends.1.type': 'TensorboardVisBackend'} if TENSORBOARD else {}
    train(CONFIG, clips, work_dir, fresh=True, **FOUR_EPOCHS, **backend)
    return work_dir


def test_a_run_logs_every_task_and_writes_checkpoints(finished):
    rows = scalars(finished)
    assert len(rows) == 4 * 3  # 12 videos in batches of 4, drop_last
    for row in rows:
        parts = [row[f'loss_{task}'] for task in TASKS]
        assert row['loss'] == pytest.approx(sum(parts), rel=1e-3)
        for task in TASKS:
            assert 0 <= row[f'acc_{task}'] <= 1
        assert 0 < row['negatives_equivariance'] <= 6 and row['negatives_instance'] == 6
        assert row['feature_std'] > 0 and row['lr'] > 0
    assert (finished / 'epoch_4.pth').exists() and (finished / f'{CONFIG}.py').exists()


def test_tensorboard_shows_the_curves_and_the_clips(finished):
    """And the other tests find the weights of runs without it: pictures draw no random numbers."""
    if not TENSORBOARD:
        pytest.skip('tensorboard is not installed; it is of the extras tensorboard and test')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = finished.glob('*/vis_data')
    events = EventAccumulator(str(folder), size_guidance=dict(scalars=0, images=0)).Reload()
    rows = scalars(finished)
    for key in ('loss', *(f'acc_{task}' for task in TASKS)):
        found = events.Scalars(key)
        assert [event.step for event in found] == [row['step'] for row in rows]
        assert [event.value for event in found] == pytest.approx([row[key] for row in rows])
    assert events.Tags()['images'] == ['clip_pairs.png']
    (picture,) = events.Images('clip_pairs.png')
    assert picture.step == 0 and picture.width > 200 and picture.height > 200
    assert (
        'backbone' in events.Tensors('config/text_summary')[0].tensor_proto.string_val[0].decode()
    )


def test_the_seed_decides_the_weights(train, clips, finished, tmp_path):
    """Invariant 7: whatever the number of workers, and `--seed` is not ignored."""
    train(CONFIG, clips, tmp_path / 'workers', **FOUR_EPOCHS, **{'train_dataloader.num_workers': 2})
    first, again = weights(finished / 'epoch_4.pth'), weights(tmp_path / 'workers/epoch_4.pth')
    assert all(torch.equal(first[name], again[name]) for name in first)
    train(CONFIG, clips, tmp_path / 'seed', '--seed', '3', **FOUR_EPOCHS)
    other = weights(tmp_path / 'seed/epoch_4.pth')
    assert not torch.equal(first['backbone.stem.0.weight'], other['backbone.stem.0.weight'])


def test_a_killed_and_resumed_run_gives_the_weights_of_the_uninterrupted(
    train, clips, finished, tmp_path
):
    """Invariant 7: SIGKILL in the middle of epoch 3."""
    options = {
        **SMALL,
        'train_dataloader.dataset.data_root': clips,
        'train_dataloader.dataset.data_prefix.video': '',
        **FOUR_EPOCHS,
    }
    process = Started(
        'tools/train.py',
        f'configs/{CONFIG}.py',
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *[f'{k}={v}' for k, v in options.items()],
    )
    deadline = time.time() + 120
    while time.time() < deadline and process.poll() is None:
        if any(row.get('iter', 0) >= 7 for row in scalars(tmp_path)):
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / 'epoch_4.pth').exists(), 'it was not killed in time'
    log = train(CONFIG, clips, tmp_path, '--resume', **FOUR_EPOCHS)
    assert 'resumed epoch' in log.stdout
    expected, resumed = weights(finished / 'epoch_4.pth'), weights(tmp_path / 'epoch_4.pth')
    assert all(torch.equal(expected[name], resumed[name]) for name in expected)


def test_options_of_the_tool(train, clips, tmp_path):
    """bfloat16 where there is no GPU, a learning rate scaled to the batch, accumulation."""
    log = train(
        'tev_r2plus1d_ucf101',
        clips,
        tmp_path,
        '--amp',
        '--auto-scale-lr',
        **{
            'train_cfg.max_epochs': 1,
            'optim_wrapper.accumulative_counts': 2,
            'activation_checkpointing': "['backbone.layer1','backbone.layer2']",
        },
    )
    row = scalars(tmp_path)[-1]
    assert row['loss'] == row['loss']
    assert row['lr'] < 3e-4 * 4 / 192 + 1e-12
    if not torch.cuda.is_available():
        assert 'BFloat16OptimWrapper' in log.stdout


@pytest.fixture
def train_by_two(clips, tmp_path):
    """tools/dist_train.sh, on gloo where there is no GPU."""

    def train_by_two_(port, **options):
        options = {
            **SMALL,
            'train_dataloader.dataset.data_root': clips,
            'train_cfg.max_epochs': 1,
            'train_dataloader.batch_size': 4,
            'train_dataloader.dataset.data_prefix.video': '',
            **options,
        }
        words = [f'{k}={v}' for k, v in options.items()]
        command = ['tools/dist_train.sh', f'configs/{CONFIG}.py', '2', '--work-dir', str(tmp_path)]
        return subprocess.run(
            [*command, '--cfg-options', *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                'OMP_NUM_THREADS': '1',
                'CUDA_VISIBLE_DEVICES': '',
                'PORT': str(port),
                'PYTHONPATH': os.path.dirname(ended_group.__file__),
                'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
            },
        )

    return train_by_two_


def test_two_processes_train(train_by_two, tmp_path):
    done = train_by_two(29571, **ended_group.OPTIONS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    ended_group.check(done.stdout, processes=2)
    rows = scalars(tmp_path)
    assert len(rows) == 1  # 12 videos, 2 ranks of 4, drop_last
    assert rows[0]['negatives_instance'] == 14  # of the global batch of 8 videos
    assert 'batch-norms' in done.stdout + done.stderr  # invariant 6: not synchronised on a CPU


def test_an_error_of_two_processes_is_a_sentence_of_each(train_by_two):
    """Which torchrun follows by a report of its own."""
    done = train_by_two(29573, **{'train_dataloader.dataset.decoder': 'vlc'})
    before, _, report = done.stderr.partition('failed (exitcode: 1)')
    assert done.returncode == 1 and report
    assert before.count("ValueError: decoder='vlc' is unknown") in (1, 2)  # one may be ended first
    assert 'Traceback' not in before


@pytest.mark.parametrize(
    'options, message',
    [
        ({'train_dataloader.batch_size': 'abc'}, "train_dataloader.batch_size='abc': an integer"),
        ({'train_dataloader.batch_size': 3}, 'batch_size=3 does not divide into groups of 2'),
        ({'train_dataloader.batch_size': 14}, '12 videos make no batch of'),
        ({'train_dataloader.dataset.decoder': 'vlc'}, "decoder='vlc' is unknown"),
        ({'model.heads.equivariance.temperature': 0}, 'temperature=0: must be > 0'),
        (
            {'train_dataloader.dataset.data_root': '/no/where'},
            "The video list '/no/where/train.txt' (config key ann_file of the dataset",
        ),
    ],
)
def test_wrong_values_stop_the_tool_with_the_value_and_the_fix(
    train, clips, tmp_path, options, message
):
    done = train(CONFIG, clips, tmp_path, check=False, **options)
    assert done.returncode == 1 and message in done.stderr.splitlines()[-1]
    assert 'Traceback' not in done.stderr
    assert not list(tmp_path.glob('*.pth'))


def test_a_file_in_the_place_of_the_work_directory(run, tmp_path):
    (tmp_path / 'file').touch()
    for tool, config in (('train', 'studies/demo/tev_r3d10'), ('test', 'studies/motion/flow')):
        command = (f'tools/{tool}.py', f'configs/{config}.py', '--work-dir', tmp_path / 'file/run')
        done = run(*command, check=False)
        assert done.returncode == 1 and 'Traceback' not in done.stderr
        last = done.stderr.splitlines()[-1]
        assert 'work_dir: there is a file where a folder is needed' in last
        assert last.endswith(f"'{tmp_path}/file'")


@pytest.mark.parametrize(
    'config, options, message',
    [
        ('retrieval/r3d18_ucf101', [], 'has no train_dataloader, train_cfg, optim_wrapper'),
        (
            'studies/demo/tev_r3d10',
            ['train_cfg.type=IterBasedTrainLoop', 'train_cfg.max_iters=5'],
            'train_cfg has max_epochs, and its type IterBasedTrainLoop counts iterations',
        ),
        ('studies/demo/tev_r3d10', ['train_dataloder.batch_size=4'], 'mean train_dataloader?'),
    ],
)
def test_slips_on_the_command_line(run, tmp_path, config, options, message):
    options = ['--cfg-options', *options] if options else []
    done = run(
        *('tools/train.py', f'configs/{config}.py', '--work-dir', tmp_path, *options), check=False
    )
    assert done.returncode != 0 and message in done.stderr.splitlines()[-1]


@pytest.mark.parametrize('tool', ['train', 'test', 'search'])
def test_help_says_nothing_else(run, tool):
    done = run(f'tools/{tool}.py', '--help', fresh=tool == 'train')
    assert done.stderr == ''
