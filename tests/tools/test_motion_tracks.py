"""Motion tracks are made by the tool that the page names."""

import functools

import numpy as np
import pytest

import processes
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.motion import MotionTracks, measure

run = functools.partial(processes.run, 'tools/data/motion_tracks.py')


@pytest.mark.parametrize('workers', ['0', '2'])
def test_tracks_are_those_of_the_videos_and_broken_ones_are_named(clips, tmp_path, workers):
    (tmp_path / 'broken.mp4').write_text('no video')
    lines = (clips / 'train.txt').read_text().splitlines()[:3]
    broken = tmp_path / 'broken.mp4'
    (tmp_path / 'list.txt').write_text('\n'.join([*lines, f'{broken} 0', '']))
    out = tmp_path / 'new' / 'tracks.npz'
    done = run(str(tmp_path / 'list.txt'), str(out), '--root', str(clips), '--num-workers', workers)
    assert done.returncode == 3, done.stderr
    assert '3 of 4 videos' in done.stdout and f"left out '{broken}'" in done.stdout
    tracks = MotionTracks.load(str(out))
    assert len(tracks) == 3
    for line in lines:
        reader = open_video(str(clips / line[:-2]))
        wanted = measure(reader.frames(range(len(reader))))
        np.testing.assert_array_equal(tracks[line[:-2]].rows, wanted.rows)
        assert tracks[line[:-2]].num_frames == wanted.num_frames


def test_an_output_that_cannot_be_written_is_refused_first(clips, tmp_path):
    (tmp_path / 'file').write_text('')
    done = run(str(clips / 'train.txt'), str(tmp_path / 'file' / 'tracks.npz'))
    assert done.returncode == 1 and 'file' in done.stderr and 'Traceback' not in done.stderr


def test_a_list_without_a_usable_video_is_an_error(tmp_path):
    (tmp_path / 'a.mp4').write_text('no video')
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    done = run(str(tmp_path / 'list.txt'), str(tmp_path / 'out.npz'), '--num-workers', '0')
    assert done.returncode == 1 and not (tmp_path / 'out.npz').exists()
    assert 'no motion track' in done.stderr and 'Traceback' not in done.stderr
