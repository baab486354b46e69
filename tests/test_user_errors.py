"""What users can do something about is a sentence; what only we can is a traceback."""

import errno
import os

import pytest
from torch.utils.data import DataLoader, Dataset

from tev_mmaction.datasets.readers import open_video
from tev_mmaction.files import check_output, write_file
from tev_mmaction.listing import first_of
from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import RelativeTransformSampler
from tev_mmaction.user_errors import errors_in_a_sentence, sentence_of


def said(call):
    try:
        call()
    except Exception as error:
        return sentence_of(error)
    raise AssertionError('nothing was raised')


def too_short():
    RelativeTransformSampler(clip_len=0, speeds=(1,))


def test_a_raise_of_the_package_is_a_sentence(tmp_path):
    assert said(too_short).startswith('ValueError: clip_len=0')
    (tmp_path / 'file').touch()
    assert said(lambda: check_output(tmp_path / 'file/a/b.txt')) == (
        f"NotADirectoryError: there is a file where a folder is needed: '{tmp_path}/file'"
    )


def test_the_message_of_a_key_error_has_no_quotes_around_it():
    class Sample:
        metainfo = {}

    text = said(lambda: collect_targets([Sample()])['speeds'])
    assert text.startswith("KeyError: a head asks for the label 'speeds'")


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_cannot_be_written_to(tmp_path, monkeypatch, number):
    def refused(descriptor):
        raise OSError(number, os.strerror(number), str(tmp_path / 'a'))

    monkeypatch.setattr(os, 'fsync', refused)
    text = said(lambda: write_file(tmp_path / 'a', 'text'))
    assert text.endswith(f": {os.strerror(number)}: '{tmp_path}/a'")


@pytest.mark.parametrize(
    'call',
    [
        lambda: int('x'),
        lambda: [][0],
        lambda: first_of(None),  # a TypeError within our code, that no raise of ours wrote
    ],
)
def test_what_nobody_foresaw_keeps_its_traceback(call):
    assert said(call) is None
    with pytest.raises((ValueError, IndexError, TypeError)), errors_in_a_sentence():
        call()


def test_the_tool_ends_with_the_sentence():
    ended = pytest.raises(SystemExit, match='^ValueError: clip_len=0')
    with ended as ended, errors_in_a_sentence():
        too_short()
    assert ended.value.__suppress_context__


class Raising(Dataset):
    """Raises in a worker."""

    def __init__(self, call):
        self.call = call

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.call()


def unreadable():
    open_video('/no/where.mp4')


@pytest.mark.parametrize(
    'call, start',
    [(too_short, 'ValueError: clip_len=0'), (unreadable, 'VideoError: /no/where.mp4')],
)
def test_workers_of_a_data_loader(call, start):
    assert said(call).startswith(start)
    loader = DataLoader(Raising(call), num_workers=1)
    assert said(lambda: next(iter(loader))).startswith(start)


def test_surprises_in_workers():
    assert said(lambda: next(iter(DataLoader(Raising(dict().popitem), num_workers=1)))) is None
