"""Time-equivariant contrastive video representation learning for MMAction2.

The method is that of Jenni & Jin, ICCV 2021 (arXiv 2112.03624).

Importing the package registers its components; configs do so by
``custom_imports = dict(imports=['tev_mmaction'])``.
"""

from . import compat  # noqa: F401  isort: skip  (must run before anything imports mmaction.models)
from . import datasets, engine, evaluation, models, temporal
from .packaged import config_file
from .pipelines import change_steps, insert_step
from .version import __version__

__all__ = [
    '__version__',
    'change_steps',
    'config_file',
    'datasets',
    'engine',
    'evaluation',
    'insert_step',
    'models',
    'temporal',
]
