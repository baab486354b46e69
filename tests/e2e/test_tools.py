"""The other tools, as the README has them."""

import os
import re
import runpy
import signal
import subprocess
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from helpers import ROOT


def test_motion_clips_are_real_reproducible_videos(run, tmp_path):
    for name in 'ab':
        words = ('--num-videos', 8, '--num-frames', 40)
        run('tools/data/make_motion_clips.py', tmp_path / name, *words, fresh=name == 'a')
    lines = (tmp_path / 'a/videos.txt').read_text().splitlines()
    assert [int(line.split()[-1]) for line in lines] == list(range(8))
    for line in lines:
        name = line.rsplit(' ', 1)[0]
        assert (tmp_path / 'a' / name).read_bytes() == (tmp_path / 'b' / name).read_bytes()
        with av.open(str(tmp_path / 'a' / name)) as video:
            assert video.streams.video[0].codec_context.name == 'h264'
            frames = np.stack([f.to_ndarray(format='rgb24') for f in video.decode(video=0)])
        assert frames.shape == (40, 48, 48, 3)
        # fast at first, slow in the end, as the sprite covers and uncovers the background
        change = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
        assert change[:10].mean() > 1.2 * change[-10:].mean()


def test_clip_pair_picture(run, clips, tmp_path):
    options = [
        f'train_dataloader.dataset.data_root={clips}',
        'train_dataloader.dataset.ann_file=train.txt',
        'train_dataloader.dataset.data_prefix.video=',
    ]
    done = run(
        'tools/visualize/clip_pairs.py',
        'configs/studies/demo/tev_r3d10.py',
        '--out',
        tmp_path / 'pairs.png',
        '--num-groups',
        '2',
        '--cfg-options',
        *options,
    )
    assert '4 videos in groups of 2' in done.stdout
    assert cv2.imread(str(tmp_path / 'pairs.png')).std() > 20
    done = run(
        'tools/visualize/clip_pairs.py',
        'configs/studies/demo/tev_r3d10.py',
        '--out',
        tmp_path / 'x.png',
        '--num-groups',
        '7',
        '--cfg-options',
        *options,
        check=False,
    )
    assert done.returncode != 0 and 'needs 14 videos, there are 12' in done.stderr


def watch(run, config, *words, **options):
    """The pictures and the lines that tell of them."""
    words = [*words, '--cfg-options', *[f'{key}={value}' for key, value in options.items()]]
    done = run('tools/visualize/browse_dataset.py', f'configs/studies/demo/{config}.py', *words)
    lines = [line for line in done.stdout.splitlines() if '.webp: ' in line]
    pictures = [Image.open(line.split(': ')[0]) for line in lines]
    return [line.split(': ', 1)[1] for line in lines], pictures


def test_pairs_are_watched_side_by_side(run, clips, tmp_path):
    data = 'train_dataloader.dataset'
    options = {f'{data}.data_root': clips, f'{data}.ann_file': 'train.txt'}
    options[f'{data}.data_prefix.video'] = ''
    lines, pictures = watch(run, 'tev_r3d10', tmp_path / 'new', '-n', 5, **options)
    assert len(lines) == 4  # whole groups of two
    assert all(re.search(r'\.mp4 \| p .* \| q .*, shift [+-]', line) for line in lines)
    assert all((each.size, each.n_frames) == ((64, 32), 8) for each in pictures)


def test_clips_of_a_test_are_watched_with_their_labels(run, clips, tmp_path):
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    (tmp_path / 'gallery.txt').write_text(''.join(lines[:9]))
    (tmp_path / 'query.txt').write_text(''.join(lines[9:]))
    data = 'test_dataloader.dataset'
    options = {f'{data}.data_prefix.{key}': clips for key in ('video', 'gallery')}
    options.update({f'{data}.gallery_ann_file': 'gallery.txt', f'{data}.ann_file': 'query.txt'})
    options.update({f'{data}.data_root': tmp_path, f'{data}.class_file': ''})
    lines, pictures = watch(run, 'evaluate_r3d10', tmp_path, '-p', 'test', '-n', 2, **options)
    assert lines == [
        f'{clips}/sub {number}/clip_0{number}.mp4 | label {number}' for number in range(2)
    ]
    assert all(each.size[1] == 32 and each.n_frames == 8 for each in pictures)


class Stills:
    """A dataset whose pipeline packs one shape."""

    def __init__(self, *shape):
        self.inputs = torch.zeros(shape, dtype=torch.uint8)

    def __getitem__(self, index):
        return dict(inputs=self.inputs)

    def get_data_info(self, index):
        return dict(filename='a.mp4', label=3)


def test_what_cannot_be_watched_is_said():
    shown = runpy.run_path(str(ROOT / 'tools/visualize/browse_dataset.py'))['shown']
    with pytest.raises(ValueError, match='hold no group of 2: raise --show-number'):
        next(shown(SimpleNamespace(group_size=2), 1))
    with pytest.raises(ValueError, match=r"shape \(4, 3, 8, 8\).*input_format='NCTHW'"):
        next(shown(Stills(4, 3, 8, 8), 1))
    ((caption, grey),) = shown(Stills(2, 1, 5, 8, 8), 1)
    assert caption == 'a.mp4 | label 3' and grey.shape == (2, 5, 8, 8, 3)


def test_a_config_without_pairs_has_no_picture(run, tmp_path):
    done = run('tools/visualize/clip_pairs.py', 'configs/retrieval/r3d18_ucf101.py', '--out',
               tmp_path / 'x.png', check=False)  # fmt: skip
    assert done.returncode == 2 and 'train_dataloader is None, ClipPairDataset' in done.stderr


def test_pictures_are_written_where_they_were_told_to_be(tmp_path):
    from matplotlib.figure import Figure

    from tev_mmaction.visualization import check_picture, save_picture

    for name in ('pairs', 'a.b/pairs.jpg', 'pairs.PNG'):
        save_picture(Figure(), str(tmp_path / name), dpi=20)
        assert cv2.imread(str(tmp_path / name)) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.b', 'pairs', 'pairs.PNG']
    with pytest.raises(ValueError, match='.xyz is not a picture format, give one of .*png'):
        check_picture(str(tmp_path / 'pairs.xyz'))
    with pytest.raises(OSError, match='there is a folder of that name'):
        check_picture(str(tmp_path))


def test_training_curves(run, train, clips, tmp_path):
    train('tev_r3d18_ucf101', clips, tmp_path)
    done = run('tools/analysis/training_curves.py', tmp_path)
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
    assert {'equivariance', 'instance', 'speed', 'direction', 'order'} <= set(rows)
    assert rows['direction'][-1].endswith('%') and float(rows['direction'][-1][:-1]) < 65
    assert (tmp_path / 'curves.png').exists()


def test_testing_a_pretraining_config_says_why_not(run, tmp_path):
    done = run('tools/test.py', 'configs/tev_r3d18_k400.py', 'none.pth', check=False)
    assert done.returncode != 0 and 'no test_dataloader and test_evaluator' in done.stderr


def test_models_with_weights_are_not_tested_without(run):
    done = run('tools/test.py', 'configs/studies/motion/evaluate_r3d10.py', check=False)
    assert done.returncode == 1 and 'has a model with weights: give a checkpoint, or' in done.stderr
    done = run(
        'tools/test.py', 'configs/studies/motion/flow.py', 'a.pth', '--random-init', check=False
    )
    assert done.returncode == 2 and 'give either a checkpoint or --random-init' in done.stderr


SCRIPTS = [
    'dist_train.sh',
    'dist_test.sh',
    'slurm_train.sh',
    'slurm_test.sh',
    'slurm_requeue.sbatch',
    'demo.sh',
]


@pytest.mark.parametrize('script', SCRIPTS)
def test_scripts_say_how_they_are_called(script):
    done = subprocess.run([ROOT / 'tools' / script], capture_output=True, text=True)
    assert done.returncode != 0 and 'usage' in done.stderr


@pytest.mark.parametrize(
    ('script', 'words'),
    [('train', ['a config.py']), ('test', ['a config.py', 'weights.pth'])],
)
def test_slurm_gets_the_words_of_the_command(script, words, tmp_path):
    """Stands in for srun: a script that prints what it is given."""
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    environment = {**os.environ, 'PATH': f'{tmp_path}:{os.environ["PATH"]}', 'GPUS': '2'}
    done = subprocess.run(
        [ROOT / f'tools/slurm_{script}.sh', 'part', 'job', *words, '--work-dir', 'w'],
        capture_output=True,
        text=True,
        env=environment,
    )
    said = done.stdout.strip()
    assert said.startswith('-p part --job-name=job --gres=gpu:8 --ntasks=2 ')
    tool = ROOT / f'tools/{script}.py'
    assert said.endswith(f'{tool} {" ".join(words)} --launcher slurm --work-dir w')


@pytest.mark.parametrize(
    ('script', 'words', 'name'),
    [('train', ['a b.py'], 'a b'), ('test', ['a b.py', 'weights.pth'], 'test-a b')],
)
def test_machines_meet_where_they_are_told(script, words, name, tmp_path):
    """Stands in for Python: a script that prints what it is given."""
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)

    def said(**variables):
        command = [ROOT / f'tools/dist_{script}.sh', *words, '8', '--work-dir', 'w']
        path = f'{tmp_path}:{os.environ["PATH"]}'
        environment = {**os.environ, 'PATH': path, **variables}
        return subprocess.check_output(command, text=True, env=environment).splitlines()

    tool = [str(ROOT / f'tools/{script}.py'), *words, '--launcher', 'pytorch', '--work-dir', 'w']
    alone = ['--nnodes=1', '--master_addr=127.0.0.1', '--master_port=29500', '--max-restarts=0']
    run = ['-m', 'torch.distributed.run']
    assert said() == [*run, *alone, '--nproc_per_node=8', *tool]
    found = said(NNODES='1:2', MASTER_ADDR='node0', PORT='7')
    meet = ['--nnodes=1:2', '--rdzv-backend=c10d', '--rdzv-endpoint=node0:7', f'--rdzv-id={name}']
    assert found == [*run, *meet, '--max-restarts=0', '--nproc_per_node=8', *tool]


@pytest.mark.parametrize('ends', ['by itself', 'by time'])
def test_a_batch_job_is_queued_again_where_its_time_ends(ends, tmp_path):
    """Stands in for srun, which runs until it is told to end, and for scontrol."""
    said, go_on = tmp_path / 'said', tmp_path / 'go_on'
    os.mkfifo(go_on)
    for name, then in (('srun', f'exec cat {go_on}'), ('scontrol', '')):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {said}\n{then}\n')
        (tmp_path / name).chmod(0o755)
    job = subprocess.Popen(
        [ROOT / 'tools/slurm_requeue.sbatch', 'a config.py', '--amp'],
        env={**os.environ, 'PATH': f'{tmp_path}:{os.environ["PATH"]}', 'SLURM_JOB_ID': '7'},
    )
    with go_on.open('w'):  # opens where srun does
        if ends == 'by time':
            job.send_signal(signal.SIGTERM)
            assert job.wait(timeout=60) == 0
    assert job.wait(timeout=60) == 0
    words = 'python -u tools/train.py a config.py --launcher slurm --resume --amp'
    expected = [f'srun --kill-on-bad-exit=1 {words}', 'scontrol requeue 7']
    assert said.read_text().splitlines() == expected[: 1 + (ends == 'by time')]


def test_a_config_is_printed_as_it_is_run(run, tmp_path):
    name, option = 'tev_mmaction::studies/demo/tev_r3d10.py', 'train_cfg.max_epochs=3'
    file = tmp_path / 'whole.py'
    words = (name, '--save-path', file, '--cfg-options', option)
    done = run('tools/misc/print_config.py', *words)
    whole = Config.fromfile(ROOT / 'configs/studies/demo/tev_r3d10.py')
    whole.train_cfg.max_epochs = 3
    assert Config.fromfile(file).to_dict() == whole.to_dict()
    assert done.stdout == whole.pretty_text + '\n'
