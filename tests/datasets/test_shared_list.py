"""The list of a dataset lies once in a file. Real workers: see test_clip_pair_dataset.py, too."""

import copy
import logging
import os
import pickle
import tempfile
from functools import partial
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.logging import MMLogger

from helpers import build_dataset
from tev_mmaction.datasets.shared_list import SharedArray

CLASS = 'playing_basketball'  # names as in Kinetics-400


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A list of a thousand videos, of which the first is there."""
    folder = tmp_path_factory.mktemp('shared list')
    names = [f'train/{CLASS}/-{number:010d}_000095_000105.mp4' for number in range(1000)]
    (folder / 'videos/train' / CLASS).mkdir(parents=True)
    (folder / 'videos' / names[0]).touch()
    (folder / 'train.txt').write_text(
        ''.join(f'{name} {i % 400}\n' for i, name in enumerate(names))
    )
    rows = [f'{name},{0 if i % 10 == 9 else 250 + i}' for i, name in enumerate(names)]
    (folder / 'train.index.csv').write_text('\n'.join(['path,num_frames', *rows, '']))
    return folder


@pytest.fixture(autouse=True)
def mmengine_collects_no_garbage(monkeypatch):
    """That takes a second, and changes nothing here."""
    monkeypatch.setattr('mmengine.dataset.base_dataset.gc.collect', int)


def pairs(folder, **changes):
    return build_dataset(folder, data_prefix=dict(video='videos'), **changes)


def labelled(folder, **changes):
    return DATASETS.build(
        dict(
            type='LabelledVideoDataset', data_root=str(folder), ann_file='train.txt', pipeline=[],
            data_prefix=dict(video='videos'), **changes,
        )
    )  # fmt: skip


def infos(dataset):
    return [dataset.get_data_info(position) for position in range(len(dataset))]


@pytest.mark.parametrize('build, length', [(pairs, 900), (labelled, 1000)])
def test_entries_are_those_of_mmengine(folder, build, length):
    dataset, plain = build(folder), build(folder, serialize_data=False)
    assert not dataset.data_list and isinstance(dataset.data_bytes, SharedArray)
    assert len(dataset) == length and infos(dataset) == infos(plain)
    assert dataset.get_data_info(-1) == infos(plain)[-1]
    content, ends = BaseDataset._serialize_data(plain)
    assert np.array_equal(dataset.data_bytes, content) and np.array_equal(
        dataset.data_address, ends
    )


def test_a_video_takes_at_most_200_bytes(folder):
    dataset = pairs(folder)
    assert dataset.data_bytes.nbytes + dataset.data_address.nbytes < 130 * len(dataset)
    assert infos(dataset)[1]['filename'] == f'{folder}/videos/{infos(dataset)[1]["path"]}'


def test_processes_get_the_file_and_not_its_content(folder):
    dataset = pairs(folder)
    sent = ForkingPickler.dumps(dataset)
    for other in (len(pickle.dumps(dataset)), dataset.data_bytes.nbytes):
        assert len(sent) < other / 3  # the names of what is left out are sent
    received = ForkingPickler.loads(sent)
    assert inode(received.data_bytes) == inode(dataset.data_bytes)
    assert inode(received.data_address) == inode(dataset.data_address)
    again = ForkingPickler.loads(ForkingPickler.dumps(received))  # from a worker to another
    del dataset, received
    assert infos(again)[899]['num_frames'] == 250 + 998


def inode(shared):
    return os.fstat(shared.file.fileno()).st_ino


def test_copies_and_parts_hold_their_content(folder):
    dataset = pairs(folder)
    expected = infos(dataset)
    part = dataset.get_subset([5, 7, 899])
    for entries, others in (
        (expected, [copy.deepcopy(dataset), pickle.loads(pickle.dumps(dataset))]),
        ([expected[5], expected[7], expected[899]], [part]),
    ):
        wanted = [dict(info, sample_idx=position) for position, info in enumerate(entries)]
        for other in others:
            assert infos(other) == wanted
            assert infos(ForkingPickler.loads(ForkingPickler.dumps(other))) == wanted
    dataset.get_subset_(3)
    slices = ForkingPickler.loads(ForkingPickler.dumps(dataset))
    assert type(slices.data_bytes) is np.ndarray and infos(slices) == expected[:3]


def test_the_file_has_no_name_and_cannot_be_written(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path))
    dataset = pairs(folder)
    assert isinstance(dataset.data_bytes, SharedArray) and not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match='read-only'):
        dataset.data_bytes[0] = 1


@pytest.mark.parametrize('why', ['No such file', 'No space left'])
def test_without_space_the_list_stays_in_memory(folder, tmp_path, monkeypatch, caplog, why):
    if why == 'No such file':
        monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path / 'none'))
    else:
        monkeypatch.setattr(tempfile, 'TemporaryFile', partial(open, '/dev/full', 'wb'))
    MMLogger.get_current_instance().addHandler(caplog.handler)
    dataset = pairs(folder)
    MMLogger.get_current_instance().removeHandler(caplog.handler)
    (warning,) = [r for r in caplog.records if 'temporary file' in r.getMessage()]
    assert warning.levelno == logging.WARNING and why in warning.getMessage()
    assert 'list of 900 videos' in warning.getMessage() and 'TMPDIR' in warning.getMessage()
    assert type(dataset.data_bytes) is np.ndarray and not dataset.data_list
    assert infos(dataset) == infos(pairs(folder, serialize_data=False))
