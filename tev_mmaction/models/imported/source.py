"""Descriptions of other projects' weight files: where the tensors are, and their names."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Tuple, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ..backbone_weights import COUNTER, containers, shape, tensors_of
from ..fingerprint import fingerprint

Table = Tuple[Tuple[str, str], ...]
Tensors = Mapping[str, Tensor]

OTHER = 'other parts'


def tensors_on_meta(config: Dict[str, Any]) -> Tensors:
    """Names and shapes of a backbone's ``state_dict()``, without values."""
    with torch.device('meta'):
        return MODELS.build(config).state_dict()


@dataclass(frozen=True)
class Source:
    """One kind of weight file of another project.

    Args:
        name (str): The name that users give.
        what (str): A description for messages.
        prefixes (Sequence[str]): Possible prefixes of the backbone's keys.
        table (Sequence[tuple[str, str]]): Pairs of a regular expression for a whole name without
            the prefix, and the name in our backbone.
        backbone (dict | Callable): Config of our backbone, or a function that returns it for the
            weights, which are a dict without the prefix.
        normalisation (dict): ``mean`` and ``std``, 0 to 255, and ``to_rgb=True`` for BGR, which
            swaps red and blue.
        clip_len (int): Frames of a clip.
        frame_interval (int): Frames of the video from one to the next.
        size (int): Of a clip, in pixels.
        heads (str): Regular expression for names after the prefix that are not of the backbone.
        parts (Sequence[tuple[str, str]]): Pairs of a regular expression for the beginning of a
            key, and the part of the model that such keys belong to.
        computed (Mapping[str, Callable]): Tensors of our backbone that are not learned and not in
            the files, with functions that compute them from the config.
        tensors (Callable): Returns names and shapes of our backbone for its config.
        note (str): A hint for the user. Defaults to ''.
    """

    name: str
    what: str
    prefixes: Tuple[str, ...]
    table: Table
    backbone: Union[Dict[str, Any], Callable[[Mapping[str, Tensor]], Dict[str, Any]]]
    normalisation: Dict[str, Any]
    clip_len: int
    frame_interval: int
    size: int
    heads: str = r'fc\.'
    parts: Table = ()
    computed: Mapping[str, Callable[[Dict[str, Any]], Tensor]] = field(default_factory=dict)
    tensors: Callable[[Dict[str, Any]], Tensors] = tensors_on_meta
    note: str = ''

    def config(self, weights: Mapping[str, Tensor]) -> Dict[str, Any]:
        """Config of the backbone that takes the weights.

        Args:
            weights: By their names without the prefix.
        """
        return self.backbone(weights) if callable(self.backbone) else dict(self.backbone)

    def rename(self, name: str) -> str:
        """Our name of a tensor; empty if the table does not have it."""
        for pattern, ours in self.table:
            found = re.fullmatch(pattern, name)
            if found:
                return found.expand(ours)
        return ''


@dataclass
class Match:
    """How the tensors of a file fit a source.

    Attributes:
        where (str): Key of the mapping that holds them; empty for the file itself.
        prefix (str): Before their names.
        weights (dict[str, Tensor]): By our names.
        unknown (list[str]): Keys with the prefix that are not in the table.
        left_out (dict[str, int]): Number of unused tensors for each part of the model.
        unequal (list[str]): Our names of tensors that are in the file twice, with different
            values.
    """

    where: str
    prefix: str
    weights: Dict[str, Tensor]
    unknown: List[str]
    left_out: Dict[str, int]
    unequal: List[str]


def best_match(source: Source, checkpoint: Mapping[str, Any]) -> Match:
    """The mapping and prefix with which most tensors of a file have names of a source.

    Args:
        source (Source): Defines prefixes and names.
        checkpoint (Mapping): The content of the file.
    """
    matches = [
        _match(source, where, prefix, tensors_of(state))
        for where, state in containers(checkpoint)
        for prefix in source.prefixes
    ]
    empty = Match('', '', {}, [], {}, [])
    return max(matches, key=lambda match: len(match.weights), default=empty)


def below(match: Match, checkpoint: Mapping[str, Any]) -> Dict[str, Tensor]:
    """The tensors below the prefix of a match, by their own names."""
    state = tensors_of(dict(containers(checkpoint)).get(match.where, {}))
    length = len(match.prefix)
    return {key[length:]: t for key, t in state.items() if key.startswith(match.prefix)}


def _match(source: Source, where: str, prefix: str, state: Mapping[str, Tensor]) -> Match:
    weights: Dict[str, Tensor] = {}
    unknown, unequal = [], []
    left_out: Counter = Counter()
    for key, tensor in state.items():
        name = key[len(prefix) :]
        part = _part_of(source, key)
        if part or not key.startswith(prefix):
            left_out[part or OTHER] += 1
        elif re.match(source.heads, name):
            left_out[f'head ({prefix}{name.split(".")[0]})'] += 1
        elif ours := source.rename(name):
            if ours in weights:
                left_out['second names of tensors that were taken'] += 1
                if not _same(weights[ours], tensor):
                    unequal.append(ours)
            weights.setdefault(ours, tensor)
        else:
            unknown.append(key)
    return Match(where, prefix, weights, unknown, dict(left_out), unequal)


def _same(one: Tensor, other: Tensor) -> bool:
    """Bit by bit: NaN equals itself."""
    return torch.equal(one, other) or fingerprint(dict(_=one)) == fingerprint(dict(_=other))


def _part_of(source: Source, key: str) -> str:
    for pattern, what in source.parts:
        found = re.match(pattern, key)
        if found:
            return f'{what} ({found[0].rstrip(".")})'
    return ''


def differences(
    weights: Mapping[str, Tensor], own: Mapping[str, Tensor]
) -> Tuple[List[str], List[str], List[str]]:
    """Names that are missing, that have another shape, and that the backbone does not have.

    Args:
        weights (Mapping[str, Tensor]): By our names.
        own (Mapping[str, Tensor]): ``state_dict()`` of the backbone.
    """
    missing = [name for name in own if name not in weights and not name.endswith(COUNTER)]
    misfits = [
        f'{name} {shape(weights[name])} for {shape(own[name])}'
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    return missing, misfits, [name for name in weights if name not in own]
