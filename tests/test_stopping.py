"""What is said of work that was stopped."""

import errno
import os

import pytest

from tev_mmaction.stopping import stop_reason


@pytest.mark.parametrize(
    'number, remedy',
    [
        (errno.ENOSPC, 'Make room, and run'),
        (errno.EROFS, 'Name another folder, or make this one writable and run'),
        (errno.EACCES, 'Name another folder, or make this one writable and run'),
        (errno.EIO, 'Run'),
    ],
)
def test_the_remedy_fits_what_stopped_the_work(number, remedy):
    said = stop_reason(OSError(number, os.strerror(number), 'out'), 'out')
    assert said == (f"'out' cannot be written: {os.strerror(number)}", remedy)
