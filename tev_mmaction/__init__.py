"""Time-equivariant contrastive video representation learning (Jenni & Jin, ICCV 2021) for MMAction2.

Importing the package registers its components; configs do so by
``custom_imports = dict(imports=['tev_mmaction'])``.
"""

from . import compat  # noqa: F401  isort: skip  (must run before anything imports mmaction.models)
from . import datasets, engine, models, temporal
from .version import __version__

__all__ = ['__version__', 'datasets', 'engine', 'models', 'temporal']
