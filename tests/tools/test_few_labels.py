"""Lists of a few videos of each class."""

from collections import Counter

from helpers import ROOT
from processes import run
from tev_mmaction.datasets.video_list import read_list

TOOL = ROOT / 'tools' / 'data' / 'few_labels.py'
VIDEOS = [(f'class {label}/video {n}.mp4', label) for n in range(12) for label in range(3)]


def draw(path, *options):
    return run(TOOL, path, *options)


def test_each_class_has_as_many_and_larger_lists_hold_the_smaller(tmp_path):
    path = tmp_path / 'train.txt'
    path.write_text(''.join(f'{name} {label}\n' for name, label in VIDEOS))
    done = draw(path, '--per-class', 2, 5, '--seeds', 0, 1)
    assert done.returncode == 0, done.stderr
    lists = {}
    for number in (2, 5):
        for seed in (0, 1):
            drawn = read_list(str(tmp_path / f'train_{number}_seed{seed}.txt'))
            assert drawn == [video for video in VIDEOS if video in drawn]  # the order of the list
            assert Counter(label for _, label in drawn) == {label: number for label in range(3)}
            lists[number, seed] = set(drawn)
    for seed in (0, 1):
        assert lists[2, seed] < lists[5, seed]
    assert lists[5, 0] != lists[5, 1]


def test_too_few_videos_or_no_labels_are_named(tmp_path):
    path = tmp_path / 'train.txt'
    path.write_text('a.mp4 0\nb.mp4 0\nc.mp4 1\n')
    done = draw(path, '--per-class', 2)
    assert done.returncode == 1 and 'class 1 has 1 videos, 2 are asked for' in done.stderr
    path.write_text('a.mp4\nb.mp4\n')
    done = draw(path)
    assert done.returncode == 1 and "'a.mp4' has no label" in done.stderr
    assert sorted(tmp_path.iterdir()) == [path]
