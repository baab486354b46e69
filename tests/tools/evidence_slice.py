"""A small slice of the study of motion, and what is asked of its folder."""

from contextlib import contextmanager, suppress
from pathlib import Path

CONFIG = """
_base_ = [{base!r}]
train_dataloader = dict(batch_size=8, num_workers=0, persistent_workers=False)
train_cfg = dict(max_epochs=1)
param_scheduler = []
default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=2))
"""
STUDY = """
title = 'A slice'
data_root = {data!r}
seeds = (0, 1)
rows = dict(
    flow=dict(configs=dict(features='configs/studies/motion/flow.py')),
    all=dict(train={config!r}, options={{'train_cfg.max_epochs': 2}}),
    random=dict())
tests = dict(
    features=dict(config='configs/studies/motion/evaluate_r3d10.py'),
    equivariance=dict(
        config='configs/studies/motion/equivariance_r3d10.py',
        options={{'randomness.seed': '{{seed}}'}},
        rows=('all',)))
figures = dict(
    nn1=dict(test='features', metric='RetrievalMetric', result='nn1', label='1-NN, %'),
    svm=dict(test='features', metric='LinearProbeMetric', result='top1', label='SVM, %'),
    way=dict(test='features', metric='ChiralityMetric', result='opposites', label='way, %'),
    shift=dict(test='equivariance', metric='EquivarianceMetric', result='shift_r2', label='R2'))
matrices = [dict(test='equivariance', row='all')]
bars = [dict(title='Two figures', figures=('nn1', 'shift'))]
points = [('all', 'nn1'), ('random', 'shift'), ('random', 'svm')]
lines = [dict(title='Over numbers', x=(1, 5, 20), xlabel='labels', series=dict(one=points))]
"""


def slice_of(folder):
    places = ['--work-dir', folder / 'work', '--out', folder / 'out']
    return [folder / 'slice.py', '--jobs', 2, *places]


@contextmanager
def away(folder):
    """While a folder is somewhere else."""
    other = folder.with_name(f'{folder.name}-away')
    folder.rename(other)
    try:
        yield
    finally:
        other.rename(folder)


def running():
    """Commands of all processes, where the system says it."""
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        with suppress(OSError):  # it has ended
            yield path.read_text(errors='replace')


def reports(folder):
    return {path: path.stat().st_mtime for path in (folder / 'work').rglob('evaluation_test.json')}
