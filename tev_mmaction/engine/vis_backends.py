"""Backends of mmengine's ``Visualizer`` that need packages of their own."""

from importlib.util import find_spec
from typing import Any

from mmengine.config import Config

# Package, and what installs it.
_NEEDED = dict(
    TensorboardVisBackend=('tensorboard', '"tev_mmaction[tensorboard]"'),
    WandbVisBackend=('wandb', 'wandb'),
    MLflowVisBackend=('mlflow', 'mlflow'),
)


def check_vis_backends(cfg: Config) -> None:
    """Check before a run whether the packages of its backends are installed.

    Raises:
        ValueError: If one is not; with the command that installs it.
    """
    backends: Any = (cfg.get('visualizer') or {}).get('vis_backends') or []
    for number, backend in enumerate(backends if isinstance(backends, list) else [backends]):
        kind = str(backend.get('type')).rpartition('.')[2] if isinstance(backend, dict) else ''
        package, install = _NEEDED.get(kind, ('', ''))
        if package and not find_spec(package):
            raise ValueError(
                f'visualizer.vis_backends.{number}.type={kind}: {package} is not installed. '
                f'pip install {install}'
            )
