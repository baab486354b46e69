"""Finds the tensors of a checkpoint that fill a backbone, under any key and prefix."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Mapping, MutableMapping, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from ..listing import first_of

Weights = Dict[str, Tensor]

BACKBONE = 'backbone.'
_IN_RECOGNIZER = re.compile(rf'(?:\w+\.)?{re.escape(BACKBONE)}')
COUNTER = 'num_batches_tracked'
# torchvision's names; in networks of MoCo's kind, the projection.
CLASSIFIERS = ('fc.', 'classifier.')
# Keys under which files keep the weights of a model. If a file has several of them (as for a
# student and a teacher), the first key in this list is used.
CONTAINERS = (
    'state_dict',
    'model',
    'model_state_dict',
    'model_state',
    'net',
    'encoder',
    'backbone',
)


@dataclass
class BackboneFit:
    """How well the tensors of a checkpoint fit a backbone.

    Attributes:
        where (str): Key of the mapping with the tensors; empty for the checkpoint itself.
        prefix (str): Prefix of its keys before the backbone's names.
        keys (dict[str, str]): Key of every tensor of the backbone that is filled.
        missing (list[str]): Names of the backbone that the checkpoint lacks.
        misfits (list[str]): Names whose shapes differ, with both shapes.
        surplus (list[str]): Names below the prefix that this backbone does not have.
        total (int): Number of tensors of the backbone, without batch-norm's
            ``num_batches_tracked``, which do not affect the fit.
    """

    where: str = ''
    prefix: str = ''
    keys: Dict[str, str] = field(default_factory=dict)
    missing: List[str] = field(default_factory=list)
    misfits: List[str] = field(default_factory=list)
    surplus: List[str] = field(default_factory=list)
    total: int = 0

    @property
    def matched(self) -> int:
        """Number of tensors of the backbone that are filled."""
        return self.total - len(self.missing) - len(self.misfits)

    @property
    def complete(self) -> bool:
        """Whether the whole backbone is filled, and no tensor is left over."""
        return not (self.missing or self.misfits or self.surplus)

    @property
    def place(self) -> str:
        """Location of the tensors, in words."""
        what = 'the weights of a whole model' if self.whole else 'plain backbone weights'
        under = f' under {self.where!r}' if self.where not in ('', 'state_dict') else ''
        usual = self.prefix in ('', BACKBONE)
        return what + under + ('' if usual else f' with the prefix {self.prefix!r}')

    @property
    def whole(self) -> bool:
        """Whether the tensors are those of a recognizer, with the prefix ``backbone.``."""
        return self.prefix.endswith(BACKBONE)

    def describe(self, source: str, backbone: nn.Module) -> str:
        """Counts and first names of what fits and what does not."""
        return (
            f'{source} fills {self.matched} of {self.total} tensors of the backbone '
            f'{type(backbone).__name__}: {len(self.missing)} missing{first(self.missing)}, '
            f'{len(self.misfits)} of another shape{first(self.misfits)}; {len(self.surplus)} more '
            f'of the checkpoint are not in this backbone{first(self.surplus)}'
        )


def find_backbone(checkpoint: Mapping[str, Any], own: Mapping[str, Tensor]) -> BackboneFit:
    """Find the tensors of a backbone: ``backbone.*``, or its names under another prefix.

    The function tries the mappings of the checkpoint and the checkpoint itself, with every prefix.
    Keys ``backbone.*`` have priority: they belong to a recognizer.

    Args:
        checkpoint (Mapping): A checkpoint, or only weights.
        own (Mapping[str, Tensor]): ``state_dict()`` of the backbone.

    Raises:
        ValueError: If the checkpoint has the backbone several times and the choice is ambiguous.
    """
    fits = []
    for where, state in containers(checkpoint):
        prefixes = _prefixes(state, own)
        whole = [prefix for prefix in prefixes if prefix.endswith(BACKBONE)]
        fits += [_fit(where, prefix, state, own) for prefix in whole or prefixes]
    if not fits:
        counted = [name for name in own if not name.endswith(COUNTER)]
        return BackboneFit(missing=counted, total=len(counted))
    # weights of a recognizer have priority, even if its backbone is a different one
    recognizers = [fit for fit in fits if fit.whole]
    best = max(fits, key=lambda fit: fit.matched)
    if recognizers and best.matched <= max(fit.matched for fit in recognizers):
        best = max(recognizers, key=lambda fit: fit.matched)
    rivals = [
        fit
        for fit in fits
        if fit.complete and fit.where == best.where and fit.prefix != best.prefix
    ]
    if rivals and best.complete and best.prefix not in (BACKBONE, f'module.{BACKBONE}', ''):
        raise ValueError(
            f'the checkpoint holds the backbone several times, with the prefixes {best.prefix!r} '
            f'and {", ".join(repr(fit.prefix) for fit in rivals)}: keep the one that you mean'
        )
    return best


def containers(checkpoint: Mapping[str, Any]) -> List[Tuple[str, Mapping[str, Any]]]:
    """The mappings of a checkpoint that contain tensors, by their keys."""
    found = dict(_walk('', checkpoint, depth=2))
    order = {name: number for number, name in enumerate((*CONTAINERS, ''))}
    return sorted(found.items(), key=lambda item: order.get(item[0], len(order)))


def _walk(where: str, value: Any, depth: int) -> Iterator[Tuple[str, Mapping[str, Any]]]:
    if not isinstance(value, Mapping):
        return
    if any(isinstance(key, str) and isinstance(item, Tensor) for key, item in value.items()):
        yield where, value
    if depth:
        for key, item in value.items():
            if isinstance(key, str) and key != 'optimizer':
                yield from _walk(f'{where}.{key}' if where else key, item, depth - 1)


def _prefixes(state: Mapping[str, Any], own: Mapping[str, Tensor]) -> List[str]:
    """Prefixes of the backbone's names, the most frequent first; always with ``backbone.``."""
    counts: Counter = Counter()
    for key in tensors_of(state):
        parts = key.split('.')
        for start in range(len(parts)):
            if '.'.join(parts[start:]) in own and not key.endswith(COUNTER):
                counts[''.join(f'{part}.' for part in parts[:start])] += 1
            if parts[start] == 'backbone' and parts[:start] in ([], ['module']):
                counts[''.join(f'{part}.' for part in parts[: start + 1])] += 0
    return [prefix for prefix, _ in counts.most_common()]


def _fit(where: str, prefix: str, state: Mapping, own: Mapping[str, Tensor]) -> BackboneFit:
    found = {
        key[len(prefix) :]: key
        for key in tensors_of(state)
        if key.startswith(prefix) and not _is_classifier(key[len(prefix) :], prefix, own)
    }
    counted = [name for name in own if not name.endswith(COUNTER)]
    misfits = [n for n in own if n in found and state[found[n]].shape != own[n].shape]
    return BackboneFit(
        where=where,
        prefix=prefix,
        keys={n: k for n, k in found.items() if n in own and n not in misfits},
        missing=[name for name in counted if name not in found],
        misfits=[f'{n} {shape(state[found[n]])} for {shape(own[n])}' for n in misfits],
        surplus=[name for name in found if name not in own],
        total=len(counted),
    )


def _is_classifier(name: str, prefix: str, own: Mapping[str, Tensor]) -> bool:
    return not prefix.endswith(BACKBONE) and name.startswith(CLASSIFIERS) and name not in own


def make_loadable(
    checkpoint: MutableMapping[str, Any], own: Mapping[str, Tensor], fit: BackboneFit
) -> None:
    """Move the weights to the keys that mmengine's Runner reads: ``state_dict``, ``backbone.*``.

    Args:
        checkpoint (MutableMapping): Changed in place; entries that are not weights stay.
        own (Mapping[str, Tensor]): ``state_dict()`` of the backbone.
        fit (BackboneFit): Result of :func:`find_backbone`; its keys are updated.
    """
    state: Any = checkpoint
    for part in fit.where.split('.') if fit.where else ():
        state = state[part]
    outer = fit.prefix[: -len(BACKBONE)] if fit.whole else None
    renamed = {}
    for key in tensors_of(state):
        if outer is not None:  # a whole model, as in `model.backbone.*` and `model.cls_head.*`
            name = key[len(outer) :] if key.startswith(outer) else key
        elif key.startswith(fit.prefix):
            name = key[len(fit.prefix) :]
            name = name if _is_classifier(name, fit.prefix, own) else BACKBONE + name
        else:
            name = key
        renamed[key] = name
    if fit.where == 'state_dict' and all(key == name for key, name in renamed.items()):
        return
    moved = {name: state.pop(key) for key, name in renamed.items()}
    if fit.where == 'state_dict':
        state.update(moved)
    else:
        if fit.where in CONTAINERS:
            checkpoint.pop(fit.where)
        checkpoint['state_dict'] = moved
    fit.keys = {name: renamed[key] for name, key in fit.keys.items()}


def weights_of_backbone(checkpoint: Mapping[str, Any], plain: bool = False) -> Weights:
    """The weights of a recognizer's backbone, without a network to compare with.

    Args:
        checkpoint (Mapping): A checkpoint, or only weights.
        plain (bool): If no key starts with ``backbone.``, use the first tensors found as the
            backbone's, without a classifier. Defaults to False.

    Returns:
        dict[str, Tensor]: Tensors by the backbone's own names; empty if there are none.
    """
    found = [tensors_of(state) for _, state in containers(checkpoint)]
    for tensors in found:
        prefixed = {key: _IN_RECOGNIZER.match(key) for key in tensors}
        weights = {key[m.end() :]: tensors[key] for key, m in prefixed.items() if m}
        if weights:
            return weights
    if not plain or not found:
        return {}
    weights = {key.removeprefix('module.'): tensor for key, tensor in found[0].items()}
    return {name: t for name, t in weights.items() if not name.startswith(CLASSIFIERS)}


def load_backbone(backbone: nn.Module, weights: Mapping[str, Any], source: str) -> None:
    """Load weights that fill the whole backbone; all of them must be used.

    Batch-norm's ``num_batches_tracked`` may be missing, because it does not affect the fit.

    Raises:
        ValueError: If names or shapes differ; the message counts them.
    """
    fit = find_backbone(weights, backbone.state_dict())
    if not fit.complete:
        raise ValueError(
            f'{fit.describe(source, backbone)}. Give the config that the checkpoint was trained '
            'with'
        )
    state = dict(containers(weights))[fit.where]
    backbone.load_state_dict({name: state[key] for name, key in fit.keys.items()}, strict=False)


@torch.no_grad()
def non_finite(state: Mapping[str, Any]) -> List[str]:
    """Names of the tensors with NaN or infinite values."""
    return [
        name
        for name, tensor in tensors_of(state).items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]


def tensors_of(state: Mapping[str, Any]) -> Weights:
    """The entries that are tensors."""
    return {
        name: value
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def shape(tensor: Tensor) -> str:
    """A shape as text, such as 4×3×3; 1 for a scalar."""
    return '×'.join(map(str, tensor.shape)) or '1'


def first(names: Sequence[str]) -> str:
    """The first names in brackets, to follow their count; empty if there are none."""
    return f' ({first_of(names, separator=", ")})' if names else ''


def keys_of(checkpoint: Mapping[str, Any]) -> Optional[List[str]]:
    """Names of the tensors in the first mapping that has some; None if there are none."""
    for _, state in containers(checkpoint):
        return list(tensors_of(state))
    return None
