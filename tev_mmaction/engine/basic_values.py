"""Checks basic values of a config before they cause errors in PyTorch or mmengine."""

from math import isfinite
from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Tuple

from mmengine.config import Config

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


class _Kind(NamedTuple):
    """The requirement for a value: a description, a test, and a valid example."""

    words: str
    holds: Callable[[Any], bool]
    example: Any


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _at_least(least: int, example: int) -> _Kind:
    return _Kind(
        f'an integer of at least {least}', lambda v: _is_integer(v) and v >= least, example
    )


_BOOL = _Kind('True or False', lambda v: isinstance(v, bool), True)
_RATE = _Kind('a number of at least 0', lambda v: _is_number(v) and v >= 0, 0.001)
_OR_NEVER = _Kind(
    'an integer of at least 1, or -1 for never', lambda v: _is_integer(v) and (v == -1 or v > 0), 1
)
_KEPT = _Kind(
    'an integer of at least 1, or -1 for all', lambda v: _is_integer(v) and (v == -1 or v > 0), 3
)
# None stands for the default, and is accepted everywhere.
_KINDS: Dict[str, _Kind] = {
    **{f'{loader}.batch_size': _at_least(1, 8) for loader in _LOADERS},
    **{f'{loader}.num_workers': _at_least(0, 2) for loader in _LOADERS},
    **{f'{loader}.prefetch_factor': _at_least(1, 2) for loader in _LOADERS},
    **{
        f'{loader}.{key}': _BOOL
        for loader in _LOADERS
        for key in ('persistent_workers', 'drop_last', 'pin_memory')
    },
    'train_cfg.max_epochs': _at_least(1, 100),
    'train_cfg.max_iters': _at_least(1, 10000),
    'train_cfg.val_interval': _at_least(1, 1),
    'train_cfg.val_begin': _at_least(0, 1),
    'optim_wrapper.accumulative_counts': _at_least(1, 2),
    'optim_wrapper.optimizer.lr': _RATE,
    'optim_wrapper.optimizer.weight_decay': _RATE,
    'default_hooks.logger.interval': _at_least(1, 10),
    'default_hooks.checkpoint.interval': _OR_NEVER,
    'default_hooks.checkpoint.max_keep_ckpts': _KEPT,
    'randomness.seed': _at_least(0, 0),
}
_SCHEDULE = {'begin': _at_least(0, 0), 'end': _at_least(1, 100)}


def check_basic_values(cfg: Config) -> None:
    """Refuse values with a wrong type or range.

    Args:
        cfg (Config): A complete config; absent and None values are not checked.

    Raises:
        ValueError: For the first such value; with its key, and a valid value.
    """
    for key, kind, value in _values(cfg):
        if value is not None and not kind.holds(value):
            raise ValueError(
                f'{key}={value!r}: {kind.words} is needed, for example {key}={kind.example}'
            )


def _values(cfg: Config) -> Iterator[Tuple[str, _Kind, Any]]:
    for key, kind in _KINDS.items():
        value: Any = cfg
        for part in key.split('.'):
            value = value.get(part) if isinstance(value, (Mapping, Config)) else None
        yield key, kind, value
    schedule = cfg.get('param_scheduler')
    for number, part in enumerate(schedule if isinstance(schedule, list) else ()):
        for name, kind in _SCHEDULE.items():
            value = part.get(name) if isinstance(part, Mapping) else None
            if value != float('inf'):  # mmengine's default of an end
                yield f'param_scheduler.{number}.{name}', kind, value
