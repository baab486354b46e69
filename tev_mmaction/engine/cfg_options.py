"""``--cfg-options KEY=VALUE``: unused keys are refused; names and paths stay text."""

import argparse
import copy
import difflib
import inspect
import os.path as osp
from typing import Any, List, Mapping, Optional, Set

from mmaction import registry
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.registry import Registry
from torch.utils.data import DataLoader

# Keys of a config that mmengine's Runner reads.
_RUNNER = (
    'activation_checkpointing',
    'auto_scale_lr',
    'compile',
    'custom_hooks',
    'custom_imports',
    'data_preprocessor',
    'default_hooks',
    'default_scope',
    'detect_anomalous_params',
    'efficient_conv_bn_eval',
    'env_cfg',
    'experiment_name',
    'find_unused_parameters',
    'launcher',
    'load_from',
    'log_level',
    'log_processor',
    'model',
    'model_wrapper_cfg',
    'optim_wrapper',
    'param_scheduler',
    'randomness',
    'resume',
    'strategy',
    'sync_bn',
    'test_cfg',
    'test_dataloader',
    'test_evaluator',
    'train_cfg',
    'train_dataloader',
    'val_cfg',
    'val_dataloader',
    'val_evaluator',
    'vis_backends',
    'visualizer',
    'work_dir',
)
_LOADER = {*inspect.signature(DataLoader.__init__).parameters, 'sampler', 'batch_sampler',
           'num_batch_per_epoch', 'collate_fn', 'dataset', 'worker_init_fn'}  # fmt: skip
_KNOWN = {
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
    'env_cfg.mp_cfg': {'mp_start_method', 'opencv_num_threads', 'omp_num_threads',
                       'mkl_num_threads'},
    'randomness': {'seed', 'diff_rank_seed', 'deterministic'},
    'auto_scale_lr': {'enable', 'base_batch_size'},
    **{f'{part}_dataloader': _LOADER for part in ('train', 'val', 'test')},
}  # fmt: skip
_DEFAULT_TYPES = dict(
    train_cfg='EpochBasedTrainLoop', val_cfg='ValLoop', test_cfg='TestLoop',
    optim_wrapper='OptimWrapper', log_processor='LogProcessor', visualizer='Visualizer',
)  # fmt: skip
# Keys of files and folders, whose type is not clear from a text in the config.
_PATHS = ('root', 'file', 'dir', 'from', 'checkpoint', 'pretrained', 'filename')


class TextAction(argparse.Action):
    """Collects KEY=VALUE as text; the type of a value depends on the config."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Add the values to those of earlier options."""
        options = dict(getattr(namespace, self.dest, None) or {})
        for item in values:
            key, equals, value = item.partition('=')
            if not equals or not key:
                parser.error(f'{option_string}: {item!r} is not KEY=VALUE')
            options[key] = value
        setattr(namespace, self.dest, options)


def add_cfg_options(parser: argparse.ArgumentParser, example: str) -> None:
    """Add ``--cfg-options``.

    Args:
        parser (argparse.ArgumentParser): Parser to which the option is added.
        example (str): Example for the help.
    """
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=TextAction,
        metavar='KEY=VALUE',
        help=f'override keys of the config, for example {example}',
    )


def apply_cfg_options(cfg: Config, options: Mapping[str, str]) -> None:
    """Merge options into a config.

    If the config has a text, or a key names a file or folder, the value is used unchanged:
    a folder ``2024`` or ``a,b`` is not a number or a list. Other values are parsed as in mmengine.
    The type of an item behind the last one of a list appends it: ``custom_hooks.3.type=EMAHook``.

    Args:
        cfg (Config): Config; changed in place.
        options (Mapping[str, str]): Values, as text, by dotted keys; numbers are positions
            in lists.

    Raises:
        ValueError: If a key is neither in the config nor an argument of the class built from it;
            the message has the closest name.
    """
    _append_items(cfg, options)
    values = {key: _value(cfg, key, text) for key, text in options.items()}
    merged = copy.deepcopy(cfg._cfg_dict.to_dict())
    for key, value in values.items():
        _set(merged, key, value)
    for key in values:
        _check(cfg._cfg_dict, merged, key)
    cfg.merge_from_dict(values)


def _append_items(cfg: Config, options: Mapping[str, str]) -> None:
    for key in sorted(options):
        *path, number, last = ('', *key.split('.'))
        parent: Any = cfg._cfg_dict
        for part in path[1:]:
            parent = _child(parent, part)
        if last == 'type' and isinstance(parent, list) and number == str(len(parent)):
            parent.append(ConfigDict())


def _value(cfg: Config, key: str, text: str) -> Any:
    current: Any = cfg._cfg_dict
    for part in key.split('.'):
        current = _child(current, part)
    name = key.rpartition('.')[2]
    is_text = isinstance(current, str) or (
        not isinstance(current, (int, float, list, tuple, dict))
        and (name.rpartition('_')[2] in _PATHS or '.data_prefix.' in key)
    )
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in '\'"'
    if is_text and text != 'None' and (osp.exists(text) or not _is_bracketed(text)):
        return text[1:-1] if quoted else text
    try:
        return DictAction._parse_iterable(text)
    except AssertionError:
        raise ValueError(f'--cfg-options {key}={text}: brackets do not match') from None


def _is_bracketed(text: str) -> bool:
    return text[:1] + text[-1:] in ('[]', '()')


def _child(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, (list, tuple)) and part.lstrip('-').isdigit():
        return value[int(part)] if -len(value) <= int(part) < len(value) else None
    return None


def _set(config: Any, key: str, value: Any) -> None:
    """As ``merge_from_dict``, on plain dicts; :func:`_check` reports errors."""
    *path, last = key.split('.')
    for part in path:
        child = _child(config, part)
        if isinstance(config, dict) and not isinstance(child, (dict, list, tuple)):
            child = config[part] = {}
        config = child
    if isinstance(config, dict):
        config[last] = value
    elif isinstance(config, list) and _child(config, last) is not None:
        config[int(last)] = value


def _check(before: Any, merged: Any, key: str) -> None:
    path: List[str] = []
    for part in key.split('.'):
        here = '.'.join(path)
        if isinstance(merged, (list, tuple)):
            number = int(part) if part.lstrip('-').isdigit() else None
            if number is None or not -len(merged) <= number < len(merged):
                raise ValueError(
                    f'--cfg-options {key}: {here} is a list of {len(merged)}, {part!r} is no '
                    f'position in it (the first is 0; {here}.{len(merged)}.type=... appends)'
                )
        elif isinstance(merged, Mapping):
            present = isinstance(before, Mapping) and part in before
            if not present and part not in ('type', '_delete_', '_scope_'):
                _refuse_unknown(key, here, part, merged, before)
        else:
            return
        before, merged = _child(before, part), _child(merged, part)
        path.append(part)


def _refuse_unknown(key: str, here: str, part: str, merged: Mapping, before: Any) -> None:
    present = set(before) if isinstance(before, Mapping) else set()
    known = _names(here, merged)
    if known is not None and part in known:
        return
    near = difflib.get_close_matches(part, sorted(present | (known or set())), 1, 0.6)
    if known is None and not (near and _is_slip(part, near[0])):
        return  # the reader of this key is unknown here
    where = f'{here} has' if here else 'the config has'
    names = ', '.join(sorted((present | (known or set())) - {'self'}))
    remedy = f'did you mean {here + "." if here else ""}{near[0]}?' if near else f'it has {names}'
    raise ValueError(f'--cfg-options {key}: {where} no {part!r}, {remedy}')


def _is_slip(part: str, near: str) -> bool:
    return difflib.SequenceMatcher(None, part, near).ratio() > 0.8


def _names(here: str, config: Mapping) -> Optional[Set[str]]:
    """Allowed keys in a part of a config; None if unknown."""
    if not here:
        return set(_RUNNER)
    if here in _KNOWN:
        return _KNOWN[here]
    kind = config.get('type', _DEFAULT_TYPES.get(here))
    if here == 'model' and kind and 'backbone' in config:
        names = _parameters(_class_of(kind))
        return None if names is None else names | {'init_cfg'}
    return _parameters(_class_of(kind)) if kind else None


def _class_of(kind: Any) -> Optional[type]:
    if inspect.isclass(kind):
        return kind
    name = str(kind).rpartition('.')[2]
    for found in vars(registry).values():
        while isinstance(found, Registry):
            if name in found.module_dict:
                cls = found.module_dict[name]
                return cls if inspect.isclass(cls) else None
            found = found.parent
    return None


def _parameters(cls: Optional[type]) -> Optional[Set[str]]:
    """Arguments of a class and, as far as it passes others on, of its bases; None if unknown."""
    if cls is None:
        return None
    names: Set[str] = set()
    for base in cls.__mro__:
        if '__init__' not in vars(base):
            continue
        try:
            parameters = inspect.signature(vars(base)['__init__']).parameters.values()
        except (TypeError, ValueError):
            return None
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return names
    return None  # the last base accepts anything
