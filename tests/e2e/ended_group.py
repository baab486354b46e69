"""A hook for runs of several processes, which says what is left of their group at the end."""

import atexit
import os
import weakref

from mmengine.dist import is_distributed
from mmengine.hooks import Hook

OPTIONS = {'default_hooks.ended_group.type': 'ended_group.EndedGroupHook'}


class EndedGroupHook(Hook):
    def before_run(self, runner):
        atexit.register(say, 'at the end')
        weakref.finalize(runner.model, say, 'without the model')


def say(when):
    line = f'{when}, in a group: {is_distributed()}\n'
    os.write(1, line.encode())  # at once: lines of processes do not mix


def check(output, processes):
    for line in ('without the model, in a group: True', 'at the end, in a group: False'):
        assert output.count(f'{line}\n') == processes, output[-3000:]
