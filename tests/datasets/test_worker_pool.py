"""A worker that dies, or cannot start, ends the run with a name; it never hangs."""

import os
import signal
import time

import pytest

from tev_mmaction.datasets import worker_pool
from tev_mmaction.datasets.worker_pool import WorkerDied, run


def upper(item):
    return item.upper()


def die_of_b(item):
    if item == 'b':
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return item


def crash(item):
    os.kill(os.getpid(), signal.SIGSEGV)


def fail_of_b(item):
    if item == 'b':
        raise OSError(28, 'No space left on device')
    return item


class Unstartable:
    def __call__(self, item):
        return item

    def __setstate__(self, state):
        os._exit(3)

    def __getstate__(self):
        return {'not': 'empty'}


@pytest.mark.parametrize('num_workers', [0, 1, 2])
def test_all_items_are_done_once(num_workers):
    assert sorted(run(upper, list('abcdefgh'), num_workers)) == list('ABCDEFGH')
    assert list(run(upper, [], num_workers)) == []


def test_the_item_of_a_killed_worker_is_named():
    with pytest.raises(WorkerDied, match=r"died while it cached 'b' \(killed by SIGKILL, most"):
        list(run(die_of_b, ['a', 'b', *'cdefghij'], 2, 'cached'))


def test_a_crash_is_told_from_a_kill():
    with pytest.raises(WorkerDied, match=r"'a' \(killed by SIGSEGV: the decoder crashed\)"):
        list(run(crash, ['a'], 1))


def test_a_worker_that_cannot_start():
    with pytest.raises(WorkerDied, match=r'died before it read a video \(exit status 3\)'):
        list(run(Unstartable(), ['a', 'b'], 1))


def test_a_system_without_processes(monkeypatch):
    def refuse(*arguments):
        raise BlockingIOError(11, 'Resource temporarily unavailable')

    monkeypatch.setattr(worker_pool.ProcessPoolExecutor, 'submit', refuse)
    with pytest.raises(WorkerDied, match='cannot be started.*Resource temporarily unavailable'):
        list(run(upper, ['a'], 1))


def test_an_error_of_the_work_is_raised_and_ends_the_workers():
    before = worker_pool.multiprocessing.active_children()
    with pytest.raises(OSError, match='No space left'):
        list(run(fail_of_b, list('abcdef'), 2))
    assert worker_pool.multiprocessing.active_children() == before


def test_wrong_numbers_of_workers():
    with pytest.raises(ValueError, match='num_workers=-1'):
        list(run(upper, ['a'], -1))
