"""Lengths of a data set's videos: all by the index, or those of a sample that are opened."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import build_dataset
from tev_mmaction.datasets import video_lengths as module
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.datasets.video_index import VideoRecord, save_index
from tev_mmaction.datasets.video_lengths import video_lengths

FRAMES = [40 + 5 * number for number in range(12)]  # of the clips


def test_all_are_opened_where_there_are_few(clips):
    lengths = video_lengths(build_dataset(clips), 64)
    assert lengths.frames.tolist() == FRAMES and lengths.complete
    assert str(lengths) == '12 videos of 40 to 95 frames'
    for needed in (1, 40, 41, 60, 95, 96):
        assert lengths.share(needed) == pytest.approx(sum(f >= needed for f in FRAMES) / 12)


def test_an_index_knows_all_and_none_is_opened(clips, tmp_path, monkeypatch):
    names = [line.rsplit(' ', 1)[0] for line in (clips / 'train.txt').read_text().splitlines()]
    records = [VideoRecord(n, 100 + i, 25.0, 64, 48, 'pyav') for i, n in enumerate(names)]
    save_index(records, str(tmp_path / 'x.index.csv'))
    dataset = build_dataset(clips, index_file=str(tmp_path / 'x.index.csv'))
    monkeypatch.setattr(module, 'open_video', None)
    lengths = video_lengths(dataset, 2)
    assert lengths.frames.tolist() == list(range(100, 112)) and lengths.complete
    sampler = dict(clip_len=104, speeds=(1,))
    dataset = build_dataset(clips, clip_sampler=sampler, index_file=str(tmp_path / 'x.index.csv'))
    assert len(dataset) == 8  # the index leaves out four that are too short, of known lengths
    assert video_lengths(dataset, 2).frames.tolist() == list(range(100, 112))


class Many:
    """A list of videos of 1, 2, 3, ... frames, some of which cannot be read."""

    decoder, backend_args, short_lengths = 'pyav', None, []

    def __init__(self, count, broken=()):
        self.count, self.broken, self.opened = count, broken, []

    def __len__(self):
        return self.count

    def get_data_info(self, position):
        return dict(filename=position)

    def open(self, position, *_):
        self.opened.append(position)
        if position in self.broken:
            raise VideoError(str(position), 'is empty')
        return SimpleNamespace(__len__=None, frames=position + 1)


@pytest.fixture
def opening(monkeypatch):
    def use(dataset):
        monkeypatch.setattr(module, 'open_video', lambda *a: range(dataset.open(*a).frames))
        return dataset

    return use


def test_of_many_a_random_sample_is_opened(opening):
    many = opening(Many(10_000))
    lengths = video_lengths(many, 64)
    assert len(lengths.frames) == len(set(many.opened)) == 64 and not lengths.complete
    assert lengths.frames.tolist() == sorted(position + 1 for position in many.opened)
    assert 3000 < np.mean(many.opened) < 7000  # from all over the list
    assert str(lengths).startswith('64 of 10000 videos, drawn at random, of ')
    first, many.opened = many.opened, []
    video_lengths(many, 100)
    assert many.opened[:64] == first


def test_those_that_cannot_be_read_do_not_count(opening):
    lengths = video_lengths(opening(Many(10, broken=(0, 9))), 64)
    assert lengths.frames.tolist() == [2, 3, 4, 5, 6, 7, 8, 9] and lengths.complete
    assert lengths.share(9) == 1 / 8
    none = video_lengths(opening(Many(3, broken=(0, 1, 2))), 64)
    assert len(none.frames) == 0 and none.share(1) == 0
    assert str(none) == 'none of 3 videos can be read'
