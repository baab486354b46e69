"""Backbone weights and config of a checkpoint; no code in the file is executed."""

import ast
import json
import os
from typing import Any, Dict, Optional, Tuple, Union

import torch

from ..models.backbone_weights import Weights, keys_of, weights_of_backbone
from ..models.checkpoint_file import read_checkpoint


def read_backbone(
    path: Union[str, os.PathLike], plain: bool = False
) -> Tuple[Weights, Optional[str]]:
    """Backbone weights of a checkpoint, and the text of its training config.

    Args:
        path (str | PathLike): A checkpoint of mmengine, or weights as ``.pth`` or ``.safetensors``;
            or a network by its name, its published folder or its address on a hub.
        plain (bool): If no key starts with ``backbone.``, use all keys as the backbone's, except
            for a classifier ``fc.*`` or ``classifier.*``. Defaults to False.

    Returns:
        tuple[dict[str, Tensor], str | None]: Weights on the CPU, contiguous, each with its own
        storage, by names without ``backbone.``; and ``meta['cfg']``, or None.

    Raises:
        ValueError: If the file does not exist or has no backbone.
    """
    checkpoint = read_checkpoint(path)
    tensors = weights_of_backbone(checkpoint, plain)
    if not tensors:
        keys = keys_of(checkpoint) or []
        raise ValueError(
            f'{path} is not a checkpoint of a recognizer: no key starts with "backbone.", the '
            f'first are {", ".join(keys[:5]) or "none"}. Plain weights, such as those written by '
            'tools/convert/export_backbone.py, do not describe their network: give '
            'config as well, the config that it was trained with'
        )
    weights = {
        name: tensor.detach().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    meta = checkpoint.get('meta')
    text = meta.get('cfg') if isinstance(meta, dict) else None
    return weights, text if isinstance(text, str) else None


def config_of_backbone(text: Any) -> Optional[dict]:
    """``model.backbone`` of a config's text; nothing in the text is executed.

    None if there is no text, or if it contains more than literals.
    """
    if not isinstance(text, str):
        return None
    try:
        backbone = _literal(_items(_assigned(text)['model'])['backbone'])
        json.dumps(backbone)
    except (SyntaxError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return backbone


def config_of(text: Optional[str]) -> Optional[dict]:
    """A config's text as plain dicts and lists, without entries that are not literals.

    The backbone is complete or absent; nothing in the text is executed.

    Returns:
        dict | None: None if the text has no ``model.backbone`` made of literals.
    """
    backbone = config_of_backbone(text)
    if text is None or backbone is None:
        return None
    config = {name: _readable(node) for name, node in _assigned(text).items()}
    config['model']['backbone'] = backbone
    return config


def _assigned(text: str) -> Dict[str, ast.AST]:
    """The last assignment to each name of a module."""
    return {
        node.targets[0].id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _items(node: ast.AST) -> Dict[str, ast.AST]:
    """Keys and values of ``dict(a=1)`` or ``{'a': 1}``."""
    found: Dict[str, ast.AST] = {}
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if key is None:
                raise ValueError('a dict that takes in another, {**...}')
            found[ast.literal_eval(key)] = value
        return found
    if not isinstance(node, ast.Call) or getattr(node.func, 'id', None) != 'dict' or node.args:
        raise ValueError('a call of something else than dict(...)')
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError('a dict that takes in another, dict(**...)')
        found[keyword.arg] = keyword.value
    return found


def _literal(node: ast.AST) -> Any:
    """As :func:`ast.literal_eval`, but accepts ``dict(a=1)`` as a literal."""
    if isinstance(node, (ast.Call, ast.Dict)):
        return {key: _literal(value) for key, value in _items(node).items()}
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_literal(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    return ast.literal_eval(node)


def _readable(node: ast.AST) -> Any:
    """As :func:`_literal`, but None for values that are not literals."""
    try:
        if isinstance(node, (ast.Call, ast.Dict)):
            return {key: _readable(value) for key, value in _items(node).items()}
        if isinstance(node, (ast.List, ast.Tuple)):
            return [_readable(item) for item in node.elts]
        return ast.literal_eval(node)
    except (AttributeError, TypeError, ValueError):
        return None
