"""Workarounds for the installed versions of MMAction2, mmengine and mmcv; nothing else.

1. MMAction2 1.2.0's wheel lacks ``mmaction.models.localizers.drn``, which its own package imports
   (mmaction2 #2714): a placeholder replaces the module if it is missing.
2. torch loads checkpoints with ``weights_only=True`` and refuses what mmengine writes
   beside the weights (mmengine #1655): only those types are allowed, and argparse's
   namespace of names and values, which the public code of MAE and similar projects writes.
3. mmcv-lite is sufficient, but advises every command to install mmcv: the message is hidden.
4. mmengine's own ``CheckpointHook`` uses mmengine's old file client and warns about it: hidden.
5. mmengine looks up ``package::config`` in ``_base_`` for a list of its own packages alone, and not
   where a package is installed for editing: names that begin with ours are looked up by us.
6. MMAction2's VindLU models are imported with all models where ``transformers`` is installed, and
   fail without ``timm``, or with a ``transformers`` newer than they are: MMAction2's own
   placeholders replace them.
"""

import argparse
import os.path as osp
import sys
import traceback
import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import torch
from mmengine.config import Config
from mmengine.fileio import file_client
from mmengine.fileio.backends import base as file_backend
from mmengine.logging import HistoryBuffer

from .packaged import SCHEME, config_file

_DRN = 'mmaction.models.localizers.drn'
_VINDLU = osp.join('multimodal', 'vindlu')


def provide_drn() -> None:
    """Put a placeholder for MMAction2's missing DRN localizer into ``sys.modules``."""
    spec = find_spec('mmaction')
    if spec is None or spec.origin is None:
        raise ImportError('mmaction2 is not installed: pip install mmaction2')
    root = osp.dirname(spec.origin)
    if _DRN in sys.modules or osp.exists(osp.join(root, 'models', 'localizers', 'drn')):
        return

    class DRN:
        """Replaces the localizer that MMAction2's wheel does not contain."""

        def __init__(self, *args, **kwargs):
            raise ImportError(
                'DRN is missing from the installed wheel of mmaction2 (issue 2714); '
                'install mmaction2 from source to use it'
            )

    package, module = ModuleType(_DRN), ModuleType(f'{_DRN}.drn')
    package.__path__ = []
    vars(package)['drn'], vars(module)['DRN'] = module, DRN
    sys.modules.update({_DRN: package, f'{_DRN}.drn': module})


def leave_out_vindlu() -> None:
    """Import MMAction2's models, without VindLU if the rest of the environment is not for it."""
    try:
        import_module('mmaction.models')
    except Exception as error:  # transformers raises more than ImportError
        frames = traceback.extract_tb(error.__traceback__)
        if not any(_VINDLU in frame.filename for frame in frames):
            raise
        vars(import_module('mmaction.utils.dependency'))['WITH_MULTIMODAL'] = False
        models = import_module('mmaction.registry').MODELS.module_dict
        for name in [name for name in models if name.startswith('VindLU')]:
            del models[name]  # registered before another one failed
        import_module('mmaction.models')


def _history_buffer_attribute(owner: type, name: str):
    """Replaces ``getattr`` in checkpoints; allows only public names of HistoryBuffer."""
    if owner is not HistoryBuffer or name.startswith('_'):
        raise AttributeError(
            f'a checkpoint may only name public attributes of HistoryBuffer, '
            f'not {name!r} of {owner!r}'
        )
    return getattr(owner, name)


def allow_mmengine_checkpoints() -> None:
    """Let ``torch.load(weights_only=True)`` read the checkpoints that mmengine writes."""
    dtypes = {type(np.dtype(kind)) for kind in (bool, 'i4', 'i8', 'f4', 'f8')}
    reconstruct = np.ndarray(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    allowed = [
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        *dtypes,
        reconstruct,
        scalar,
        argparse.Namespace,
        (_history_buffer_attribute, 'builtins.getattr'),
    ]
    for module in ('numpy._core.multiarray', 'numpy.core.multiarray'):
        allowed += [(reconstruct, f'{module}._reconstruct'), (scalar, f'{module}.scalar')]
    torch.serialization.add_safe_globals(allowed)


def hush_file_client() -> None:
    """Hide mmengine's messages about its ``FileClient``, which only mmengine can change."""
    for module in (file_client, file_backend):  # which have no other messages
        module.print_log = lambda *args, **kwargs: None


def find_own_configs() -> None:
    """Let ``_base_`` name configs of this package, as ``'tev_mmaction::finetune/NAME.py'``."""
    stock = Config._get_cfg_path

    def get_cfg_path(cfg_path: str, filename: str):
        if cfg_path.startswith(SCHEME):
            # None: no scope of their own, they are of MMAction2's
            return config_file(cfg_path), None
        return stock(cfg_path, filename)

    Config._get_cfg_path = staticmethod(get_cfg_path)


warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
provide_drn()
leave_out_vindlu()
allow_mmengine_checkpoints()
hush_file_client()
find_own_configs()
