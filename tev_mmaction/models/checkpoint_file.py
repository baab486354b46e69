"""Reads files of weights safely; an error is one sentence."""

import os
import re
from typing import Any, Union

import torch
from safetensors.torch import load_file

from ..weights import find_weights, list_weights
from ..weights.hub import SCHEME, hub_file

_GLOBAL = re.compile(r'GLOBAL ([\w.]+)')


def read_checkpoint(path: Union[str, os.PathLike], map_location: Any = 'cpu') -> dict:
    """Read a checkpoint or plain weights; no code in the file is executed.

    Args:
        path (str | PathLike): A ``.safetensors`` file or a file of ``torch.save``; or a network by
            its name, its published folder or its address on a hub, see
            :mod:`tev_mmaction.weights`.
        map_location: See ``torch.load``. Defaults to 'cpu'.

    Raises:
        ValueError: If the file does not exist, cannot be downloaded, is damaged or not a
            checkpoint, or contains Python objects beside the weights; the message names file and
            remedy.
    """
    named = find_weights(path)
    if named is not None:
        return named.checkpoint()
    path = name = os.path.expanduser(os.fspath(path))
    if name.startswith(SCHEME):
        path = hub_file(name)
    if not os.path.isfile(path):
        what = f'{path} is a folder' if os.path.isdir(path) else f'there is no file {path}'
        raise ValueError(
            f'{what}: give the path of a checkpoint, such as work_dirs/NAME/epoch_200.pth, or the '
            f'name of weights that come with the package: {", ".join(list_weights())}'
        )
    try:
        if path.endswith('.safetensors'):
            device = map_location if isinstance(map_location, str) else 'cpu'
            return load_file(path, device=device)
        checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except Exception as error:  # torch raises errors of many types for invalid bytes
        raise ValueError(f'{name} is no checkpoint that can be read safely: '
                         f'{_reason(path, error)}') from None  # fmt: skip
    if not isinstance(checkpoint, dict):
        raise ValueError(
            f'{name} is no checkpoint: it holds one {type(checkpoint).__name__} instead of named '
            'weights. Save model.state_dict() by torch.save'
        )
    return checkpoint


def _reason(path: str, error: Exception) -> str:
    if not os.path.getsize(path):
        return 'the file is empty'
    if isinstance(error, PermissionError):
        return 'no permission to read it'
    found = _GLOBAL.search(str(error))
    if found:
        return (
            f'beside weights, it holds Python objects ({found.group(1)}), which could execute '
            'code. If you trust its source, keep the weights alone: python -c "import torch; '
            f"c = torch.load('{path}', weights_only=False); "
            "torch.save(c.get('state_dict', c.get('model', c)), 'weights.pth')\""
        )
    what = type(error).__name__
    detail = str(error).partition('\n')[0]
    if detail and 'weights_only' not in detail:  # PyTorch advises to load it unsafely
        what += f': {detail}'
    return (
        f'damaged, cut short, or another kind of file ({what}). Copy it again, or take an earlier '
        'checkpoint'
    )
