"""The generated set for pre-training: clips that are closer to recorded video."""

import importlib

import numpy as np
import pytest

from processes import run
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.motion import measure


@pytest.fixture(scope='module')
def varied_motion():
    return importlib.import_module('varied_motion')


def make(folder, *words, **options):
    command = ('tools/data/make_motion_clips.py', folder, '--set', 'varied', '--num-frames', 24)
    done = run(*command, *words, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob('*')
        if path.is_file()
    }


def test_the_same_files_whatever_the_processes_and_the_number_of_clips(tmp_path):
    four = make(tmp_path / '4', '--num-videos', 4, '--size', 64, '--num-workers', 2)
    two = make(tmp_path / '2', '--num-videos', 2, '--size', 64, '--num-workers', 1, fresh=True)
    assert four.pop('train.txt').decode().split() == [f'train/{n:05d}.mp4' for n in range(4)]
    del two['train.txt']
    assert two.items() <= four.items() and len(set(four.values())) == 4
    reader = open_video(str(tmp_path / '4' / 'train/00003.mp4'))
    assert [frame.shape for frame in reader.frames(range(len(reader)))] == 24 * [(64, 64, 3)]


def test_scenes_differ_and_in_each_something_moves(varied_motion):
    amounts, first = [], []
    for number in range(16):
        frames = list(varied_motion.make_varied_scene(0, number, 32, 48).frames())
        first.append(frames[0].astype(float))
        mass = measure(frames).rows[:, 8]
        assert np.isfinite(mass).all()
        amounts.append(mass.mean())
    assert min(amounts) > 0.02
    differences = [np.abs(a - b).mean() for a, b in zip(first, first[1:])]
    assert min(differences) > 10


def test_a_camera_that_pans_moves_the_background_as_a_whole(varied_motion):
    """Without movers, noise and flicker, a pure pan is a translation of the first picture."""
    scene = varied_motion.make_varied_scene(3, 0, 8, 64)
    scene._movers, scene._noise, scene._blur, scene._light = [], 0, 0, np.ones(8)
    scene._camera = np.stack([np.eye(3)] * 8)
    scene._camera[:, 0, 2] = 3 * np.arange(8)
    frames = list(scene.frames())
    for step in range(8):
        np.testing.assert_array_equal(
            frames[step][:, 21:], frames[0][:, 21 - 3 * step : 64 - 3 * step]
        )
