"""A process that forks one for each run of a script; ``processes.py`` starts it and asks it.

Most of the time of a short run goes into the import of libraries, which happens once here. Of
MMAction2 and of the project nothing is imported: every run does it anew, as a process of its own.
"""

import gc
import json
import os
import random
import runpy
import signal
import sys

import av  # noqa: F401
import cv2  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import mmcv  # noqa: F401
import mmengine.runner  # noqa: F401
import numpy as np
import scipy.stats  # noqa: F401
import sklearn.svm  # noqa: F401
import torch
import torch._dynamo


def serve() -> dict:
    """Answer requests, a line each, until there are no more; in a fork, return what to run."""
    for line in sys.stdin:
        request = json.loads(line)
        if 'ended' in request:
            pid, status = os.waitpid(request['ended'], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if not answer:
                return request
        print(json.dumps(answer), flush=True)
    sys.exit()


def become(argv: list, cwd: str, environment: dict, files: list, group: bool) -> None:
    """Make this fork what a process that Python has just started with these arguments is."""
    for number, file in enumerate(files):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    if group:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    np.random.seed()
    torch.seed()
    sys.argv = argv
    sys.path[0] = os.path.dirname(os.path.abspath(argv[0]))
    paths = environment.get('PYTHONPATH', '').split(os.pathsep)
    sys.path[1:1] = [path for path in paths if path and path not in sys.path]


if __name__ == '__main__':
    gc.freeze()  # pages of what was imported stay shared
    become(**serve())
    runpy.run_path(sys.argv[0], run_name='__main__')
