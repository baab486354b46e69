"""Scripts in processes of their own, as users run them, without the time to import libraries.

``tool_server.py`` says what is imported beforehand, and what is not. Processes made so share its
hash seed: where two runs must give the same, one of them is ``fresh``, started by Python itself.
"""

import atexit
import faulthandler
import functools
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from torch.multiprocessing import start_processes

from helpers import ROOT
from tev_mmaction.engine.launch import end_process_group

LIMIT = 120  # seconds, for what takes a few
# For a group on one machine: its name need not be one that the network knows.
LOOPBACK = dict(GLOO_SOCKET_IFNAME='lo') if 'lo' in dict(socket.if_nameindex()).values() else {}


class Server:
    """The process of ``tool_server.py``, one for each process of pytest."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name('tool_server.py'))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment_of({}),
        )
        atexit.register(self._process.communicate)

    def ask(self, **request):
        with self._lock:
            self._process.stdin.write(json.dumps(request) + '\n')
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        assert answer, 'tool_server.py has ended: its error is above'
        return json.loads(answer)


server = functools.cache(Server)


def environment_of(changes: dict) -> dict:
    return {**os.environ, 'OMP_NUM_THREADS': '1', **changes}


class Started:
    """A running script, with the methods of :class:`subprocess.Popen` that tests need.

    Args:
        words: The script and its arguments.
        cwd (Path): Defaults to the folder of the project.
        files (tuple[str, str], optional): Where output and errors go, appended.
        group (bool): Whether it leads a group of processes, as a command of a terminal does.
        environment: Variables to add.
    """

    def __init__(self, *words, cwd=ROOT, files=None, group=False, **environment):
        self.args, self.returncode = [str(word) for word in words], None
        self._folder = tempfile.TemporaryDirectory()
        self._files = files or [f'{self._folder.name}/{name}' for name in ('out', 'errors')]
        self.pid = server().ask(
            argv=self.args,
            cwd=str(cwd),
            environment=environment_of(environment),
            files=[os.devnull, *self._files],
            group=group,
        )

    def poll(self):
        if self.returncode is None:
            self.returncode = server().ask(ended=self.pid)
        return self.returncode

    def communicate(self, timeout=LIMIT):
        """Wait for its end; what it printed, and what it said on its error output."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(0.01)
        return tuple(Path(file).read_text() for file in self._files)


def run(*words, fresh=False, cwd=ROOT, **environment) -> subprocess.CompletedProcess:
    """Run a script to its end; `fresh`: by Python itself, which imports everything anew."""
    words = [str(word) for word in words]
    if fresh:
        return subprocess.run(
            [sys.executable, *words],
            cwd=cwd,
            env=environment_of(environment),
            capture_output=True,
            text=True,
        )
    started = Started(*words, cwd=cwd, **environment)
    out, errors = started.communicate()
    return subprocess.CompletedProcess(words, started.returncode, out, errors)


def run_ranks(work, number, *arguments, backend='gloo'):
    """Run ``work(rank, *arguments)`` in so many processes of a group, forked of a fresh one."""
    multiprocessing.set_forkserver_preload(['tev_mmaction'])
    with tempfile.TemporaryDirectory() as folder:
        ranks = start_processes(
            as_rank,
            (number, backend, folder, work, *arguments),
            number,
            join=False,
            start_method='forkserver',
        )
        deadline = time.monotonic() + LIMIT + 5
        try:
            while not ranks.join(timeout=1):
                if time.monotonic() > deadline:
                    where = [path.read_text() for path in sorted(Path(folder).glob('where*'))]
                    raise AssertionError('\n'.join(['the ranks hang', *where]))
        finally:
            for process in ranks.processes:
                if process.is_alive():
                    process.kill()


def as_rank(rank, number, backend, folder, work, *arguments):
    """Work as a process of a group, as ``torchrun`` starts it.

    If it takes too long, the file of this rank in `folder` says what it is at.
    """
    os.environ.update({**LOOPBACK, **os.environ})
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(number))
    torch.set_num_threads(1)
    with open(f'{folder}/where.{rank}', 'w') as file:
        faulthandler.dump_traceback_later(LIMIT, file=file)
        torch.distributed.init_process_group(
            backend, f'file://{folder}/store', rank=rank, world_size=number
        )
        work(rank, *arguments)
        end_process_group()
        faulthandler.cancel_dump_traceback_later()


class Calls:
    """For ``subprocess.run`` of a tool that starts others: after the first of each, fast.

    The first call of a script is left to Python.
    """

    def __init__(self):
        self.known = set()

    def __call__(self, command, cwd=ROOT, env=None, stdout=None, **options):
        python, script, *_ = command
        assert python == sys.executable
        if script not in self.known:
            self.known.add(script)
            return subprocess.run(command, cwd=cwd, env=env, stdout=stdout, **options)
        files = stdout and (stdout.name, stdout.name)
        started = Started(*command[1:], cwd=cwd, files=files, **(env or {}))
        out, errors = started.communicate()
        return subprocess.CompletedProcess(command, started.returncode, out, errors)
