import pickle

import numpy as np
import pytest

from helpers import build_dataset, dataset_cfg
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.transforms import ClipMotion
from tev_mmaction.motion import MotionTracks, measure, mirror


@pytest.fixture(scope='module')
def tracks(clips, tmp_path_factory):
    """A file of tracks of the generated clips."""
    found = {}
    for line in (clips / 'train.txt').read_text().splitlines():
        reader = open_video(str(clips / line[:-2]))
        found[line[:-2]] = measure(reader.frames(range(len(reader))))
    file = tmp_path_factory.mktemp('tracks') / 'tracks.npz'
    MotionTracks(found).save(str(file))
    return str(file)


def with_motion(tracks, flip_ratio=0.0):
    steps = dataset_cfg('')['pipeline']
    steps[1] = dict(type='ClipFlip', flip_ratio=flip_ratio)
    steps.insert(2, dict(type='ClipMotion', tracks=tracks, parts=4))
    steps[-1] = dict(type='PackActionInputs', meta_keys=('motion', 'img_shape'))
    return steps


@pytest.mark.parametrize('flipped', [False, True])
def test_every_clip_gets_the_statistics_of_what_it_shows(clips, tracks, flipped):
    dataset = build_dataset(clips, pipeline=with_motion(tracks, float(flipped)))
    loaded = MotionTracks.load(tracks)
    for sample in dataset.__getitems__([3, 7]):
        info = sample['data_samples'].metainfo
        path = info['filename'][len(str(clips)) + 1 :]
        assert info['motion'].dtype == np.float32
        for clip, found in zip(info['clips'], info['motion']):
            wanted = loaded[path].of_clip(clip.frame_indices(), 4, False)
            wanted = mirror(wanted) if flipped else wanted
            np.testing.assert_array_equal(found, loaded.normalised(wanted))


def test_without_a_track_of_the_video_the_remedy_is_named(clips, tracks, tmp_path):
    some = MotionTracks.load(tracks)
    first = (clips / 'train.txt').read_text().splitlines()[0][:-2]
    MotionTracks({first: some[first]}).save(str(tmp_path / 'one.npz'))
    dataset = build_dataset(clips, pipeline=with_motion(str(tmp_path / 'one.npz')))
    with pytest.raises(KeyError, match=r'no motion track of.*motion_tracks\.py'):
        dataset.__getitems__([3, 7])


def test_a_track_of_another_length_is_refused(clips, tracks, tmp_path):
    some = MotionTracks.load(tracks)
    names = [line[:-2] for line in (clips / 'train.txt').read_text().splitlines()]
    MotionTracks({name: some[names[0]] for name in names}).save(str(tmp_path / 'wrong.npz'))
    dataset = build_dataset(clips, pipeline=with_motion(str(tmp_path / 'wrong.npz')))
    with pytest.raises(ValueError, match='its motion track.*make the tracks anew'):
        dataset.__getitems__([3, 7])


def test_parts_are_checked_and_the_transform_travels_to_workers(tracks):
    with pytest.raises(ValueError, match='parts=0'):
        ClipMotion(tracks, parts=0)
    assert repr(pickle.loads(pickle.dumps(ClipMotion(tracks)))) == repr(ClipMotion(tracks))
