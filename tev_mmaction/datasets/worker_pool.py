"""Processes many videos in parallel, with workers that may die."""

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray
from typing import Any, Callable, Iterable, Iterator, MutableSequence, Sequence, Set

import cv2
from tqdm import tqdm

_IN_FLIGHT = 4  # items a worker that are handed out ahead

# In a worker: for each item the process that is at work on it, else 0.
_owners: MutableSequence[int] = []


class WorkerDied(RuntimeError):
    """A worker process died or could not be started; the message names its item."""


def run(
    work: Callable[[str], Any], items: Sequence[str], num_workers: int, read: str = 'read'
) -> Iterator[Any]:
    """Do work on each of many items, in parallel.

    Args:
        work (Callable): Function of an item; it and its results must be picklable.
        items (Sequence[str]): Names of videos.
        num_workers (int): Number of processes; 0 for the current one.
        read (str): Verb for the work on a video, for messages. Defaults to ``'read'``.

    Yields:
        Any: Results of the work, in order of completion.

    Raises:
        ValueError: If ``num_workers`` is negative.
        WorkerDied: If a worker dies (no others are started), or cannot be started.
    """
    check_num_workers(num_workers)
    if num_workers == 0:
        yield from map(work, items)
        return
    # Each worker would import everything itself; a fork server imports once and forks copies.
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([work.__module__, __name__])
    owners = RawArray('q', max(1, len(items)))
    pool = ProcessPoolExecutor(num_workers, context, _prepare_worker, (owners,))
    others = set(multiprocessing.active_children())
    workers: Set[BaseProcess] = set()
    complete = False
    try:
        for done in _results(pool, work, items, num_workers, workers, others):
            yield done.result()
        complete = True
    except BrokenProcessPool:
        pool.shutdown(cancel_futures=True)
        raise WorkerDied(_explain(workers, items, owners, read)) from None
    finally:
        if not complete:
            for worker in workers:
                worker.terminate()
        pool.shutdown(cancel_futures=True)


def check_num_workers(num_workers: int) -> None:
    """Raise ``ValueError`` for a negative number of workers."""
    if num_workers < 0:
        raise ValueError(f'num_workers={num_workers}: 0 (this process) or more are needed')


def progress(done: Iterable, total: int, todo: int, name: str) -> Iterator:
    """A progress bar; in a log file, one line per minute."""
    often, rarely = (0.1, 10) if sys.stderr.isatty() else (60, 60)  # seconds, tqdm's own or ours
    with tqdm(
        total=total,
        initial=total - todo,
        desc=name,
        unit='video',
        mininterval=often,
        maxinterval=rarely,
    ) as bar:
        for item in done:
            bar.update()
            yield item


def _results(pool, work, items, num_workers, workers: Set[BaseProcess], others) -> Iterator:
    """Finished futures; also registers the processes of the pool when they start."""
    running = set()
    for number, item in enumerate(items):
        try:
            running.add(pool.submit(_do, work, item, number))
        except (OSError, EOFError) as error:
            raise WorkerDied(
                f'worker processes cannot be started: {error}. Try fewer (num_workers)'
            ) from error
        workers.update(set(multiprocessing.active_children()) - others)
        if len(running) >= _IN_FLIGHT * num_workers:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from done
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        yield from done


def _do(work: Callable[[str], Any], item: str, number: int) -> Any:
    """In a worker: process an item, and register the process that works on it."""
    _owners[number] = os.getpid()
    result = work(item)
    _owners[number] = 0
    return result


def _prepare_worker(owners) -> None:
    """Let the main process handle Ctrl-C, and end with it."""
    global _owners
    _owners = owners
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError('a worker process is started by another process')

    def follow():
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _explain(workers: Set[BaseProcess], items: Sequence[str], owners, read: str) -> str:
    """How a worker died, and with which item; the others were ended afterwards."""
    for worker in workers:
        worker.join()
    in_flight = {owner: item for owner, item in zip(owners, items) if owner}
    died = [w for w in workers if w.exitcode not in (0, -signal.SIGTERM)] or list(workers)
    had = [repr(in_flight[worker.pid]) for worker in died if worker.pid in in_flight]
    codes = sorted({worker.exitcode for worker in died if worker.exitcode is not None})
    how = ', '.join(map(_cause, codes)) or 'it is gone'
    if not had:
        return f'a worker process died before it {read} a video ({how})'
    return f'a worker process died while it {read} {" or ".join(had)} ({how})'


def _cause(exitcode: int) -> str:
    if exitcode >= 0:
        return f'exit status {exitcode}'
    name = signal.Signals(-exitcode).name
    likely = {'SIGKILL': ', most likely for want of memory', 'SIGSEGV': ': the decoder crashed'}
    return f'killed by {name}{likely.get(name, "")}'
