"""Backbone weights and config of a checkpoint; nothing that stands in the file is executed."""

import ast
import json
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

Weights = Dict[str, Tensor]

_BACKBONE = re.compile(r'(?:module\.)?backbone\.')
_CLASSIFIERS = ('fc.', 'classifier.')  # torchvision's names
_COUNTER = 'num_batches_tracked'


def read_backbone(path: Path, plain: bool = False) -> Tuple[Weights, Optional[str]]:
    """Backbone weights of a checkpoint and the text of the config that it was trained with.

    Args:
        path (Path): A checkpoint of mmengine, or weights as ``.pth`` or ``.safetensors``.
        plain (bool): Where no key starts with ``backbone.``, take all keys for the backbone's, but
            for a classifier ``fc.*`` or ``classifier.*``. Defaults to False.

    Returns:
        tuple[dict[str, Tensor], str | None]: Weights on the CPU, contiguous, each with a storage of
        its own, by names without ``backbone.``; and ``meta['cfg']``, None where there is none.

    Raises:
        ValueError: If there is no such file, or no backbone in it.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'there is no file {path}')
    try:
        if path.suffix == '.safetensors':
            checkpoint = load_file(path)
        else:
            checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as error:  # torch raises whatever the bytes lead it to
        reason = f'{type(error).__name__}: {error}'.splitlines()[0]
        raise ValueError(f'{path} is no checkpoint that can be read safely: {reason}') from None
    state = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else {}
    tensors = {key: value for key, value in state.items() if isinstance(value, Tensor)}
    names = {key: _BACKBONE.sub('', key, 1) for key in tensors if _BACKBONE.match(key)}
    if not names and plain:
        names = {key: re.sub(r'^module\.', '', key) for key in tensors}
        names = {key: name for key, name in names.items() if not name.startswith(_CLASSIFIERS)}
    if not names:
        raise ValueError(
            f'{path} is no checkpoint of a recognizer: no key starts with "backbone.", the first '
            f'are {", ".join(map(str, list(state)[:5])) or "none"}'
        )
    weights = {
        name: tensors[key].detach().clone(memory_format=torch.contiguous_format)
        for key, name in names.items()
    }
    meta = checkpoint.get('meta') if state is not checkpoint else None
    text = meta.get('cfg') if isinstance(meta, dict) else None
    return weights, text if isinstance(text, str) else None


def load_backbone(backbone: nn.Module, weights: Weights, source: str) -> None:
    """Load weights that fill the whole backbone, and are all used.

    Batch-norm's ``num_batches_tracked`` may be missing: it says nothing of the fit.

    Raises:
        ValueError: If names or shapes differ; the message counts them.
    """
    own = backbone.state_dict()
    missing = [name for name in own if name not in weights and not name.endswith(_COUNTER)]
    surplus = [name for name in weights if name not in own]
    misfits = [n for n in own if n in weights and weights[n].shape != own[n].shape]
    if missing or surplus or misfits:
        total = sum(not name.endswith(_COUNTER) for name in own)
        shapes = [f'{n} {tuple(weights[n].shape)} for {tuple(own[n].shape)}' for n in misfits]
        raise ValueError(
            f'{source} fills {total - len(missing) - len(misfits)} of {total} tensors of the '
            f'backbone {type(backbone).__name__}: {len(missing)} missing{_first(missing)}, '
            f'{len(misfits)} of another shape{_first(shapes)}; {len(surplus)} more are not in this '
            f'backbone{_first(surplus)}. Give the config that the checkpoint was trained with'
        )
    backbone.load_state_dict(weights, strict=False)


def _first(names: List[str], number: int = 5) -> str:
    """The first names, in brackets, to go behind their count."""
    if not names:
        return ''
    return f' ({", ".join(names[:number])}{", ..." if len(names) > number else ""})'


def config_of_backbone(text: Any) -> Optional[dict]:
    """``model.backbone`` of a config's text; nothing in the text is executed.

    None where there is no such text, or it holds more than literals.
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
    """A config's text as plain dicts and lists, less whatever in it is no literal.

    The backbone is there whole, or not at all; nothing in the text is executed.

    Returns:
        dict | None: None where the text has no ``model.backbone`` of literals.
    """
    backbone = config_of_backbone(text)
    if backbone is None:
        return None
    config = {}
    for name, node in _assigned(text).items():
        config[name] = _readable(node)
    config['model']['backbone'] = backbone
    return config


def _assigned(text: str) -> Dict[str, ast.AST]:
    """What is assigned to the names of a module, the last of each."""
    return {
        node.targets[0].id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _items(node: ast.AST) -> Dict[str, ast.AST]:
    """Of ``dict(a=1)`` or ``{'a': 1}``."""
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key): value for key, value in zip(node.keys, node.values)}
    if getattr(node.func, 'id', None) != 'dict' or node.args:
        raise ValueError('a call of something else than dict(...)')
    return {keyword.arg: keyword.value for keyword in node.keywords}


def _literal(node: ast.AST) -> Any:
    """As :func:`ast.literal_eval`, but ``dict(a=1)`` is a literal, too."""
    if isinstance(node, (ast.Call, ast.Dict)):
        return {key: _literal(value) for key, value in _items(node).items()}
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_literal(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    return ast.literal_eval(node)


def _readable(node: ast.AST) -> Any:
    """As :func:`_literal`, but None in the place of what is no literal."""
    try:
        if isinstance(node, (ast.Call, ast.Dict)):
            return {key: _readable(value) for key, value in _items(node).items()}
        if isinstance(node, (ast.List, ast.Tuple)):
            return [_readable(item) for item in node.elts]
        return ast.literal_eval(node)
    except (AttributeError, TypeError, ValueError):
        return None
