"""Networks that come with the package, by name: ``tev://NAME``, or ``NAME`` alone.

Wherever a checkpoint is read, such a name stands for it, see
:func:`~tev_mmaction.models.checkpoint_file.read_checkpoint`. A file of that name comes first.
"""

import hashlib
import json
import os
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union

from safetensors.torch import load

SCHEME = 'tev://'
_FOLDER = Path(__file__).parent / 'files'


@dataclass(frozen=True)
class NamedWeights:
    """A network of the package: what it is, how it was trained, and what it reaches.

    Args:
        name (str): Its name, without ``tev://``.
        description (str): A sentence.
        backbone (dict): Its config.
        normalisation (dict): ``mean`` and ``std`` of the RGB values, 0 to 255.
        protocol (dict): Fields of :class:`EvaluationProtocol` that suit real video.
        training (dict): ``data``, ``config``, ``command``, ``commit``, ``seed``, ``machine``.
        results (list[dict]): ``figure`` and ``value``, those of hand-made ``flow`` and ``random``
            weights, ``chance``, and the ``command``.
        limits (str): What it does not tell.
        licence (str): Of the weights.
        sha256 (str): Of the file.
        fingerprint (str): Of the weights, as records of evaluations have it.
    """

    name: str
    description: str
    backbone: Dict[str, Any]
    normalisation: Dict[str, List[float]]
    protocol: Dict[str, Any]
    training: Dict[str, Any]
    results: List[Dict[str, Any]]
    limits: str
    licence: str
    sha256: str
    fingerprint: str

    @property
    def address(self) -> str:
        """str: How configs and records name it."""
        return f'{SCHEME}{self.name}'

    @property
    def file(self) -> Path:
        """Path: Its safetensors file, without ``backbone.`` in the keys."""
        return _FOLDER / f'{self.name}.safetensors'

    def checkpoint(self) -> Dict[str, Any]:
        """The weights as a recognizer's checkpoint, with the config that it is read by.

        Raises:
            ValueError: If the file is missing, damaged, or another one.
        """
        remedy = f'{self.address} does not come with the package as it should: install it anew'
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise ValueError(f'{self.file} cannot be read ({error.strerror}). {remedy}') from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f'{self.file} is damaged: its checksum is another. {remedy}')
        model = dict(
            type='Recognizer3D',
            backbone=self.backbone,
            data_preprocessor=dict(type='ActionDataPreprocessor', **self.normalisation),
        )
        tensors = load(content)
        return dict(
            state_dict={f'backbone.{key}': tensor for key, tensor in tensors.items()},
            meta=dict(cfg=f'model = {model!r}\n'),
        )


def list_weights() -> List[str]:
    """Names of the networks that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob('*.json'))


def get_weights(name: str) -> NamedWeights:
    """The record of a network.

    Args:
        name (str): With or without ``tev://``.

    Raises:
        ValueError: If there is none of that name; with all names, and the nearest.
    """
    bare = name.removeprefix(SCHEME)
    if bare not in list_weights():
        near = get_close_matches(bare, list_weights(), n=1)
        hint = f' Did you mean {near[0]!r}?' if near else ''
        known = ', '.join(list_weights())
        raise ValueError(f'there are no weights {name!r}; the package has {known}.{hint}')
    return _read(bare)


def weights_file(name: str) -> Path:
    """The safetensors file of a network; its keys are the backbone's own.

    Args:
        name: With or without ``tev://``.

    Raises:
        ValueError: See :func:`get_weights`.
    """
    return get_weights(name).file


def find_weights(checkpoint: Union[str, os.PathLike]) -> Optional[NamedWeights]:
    """The network that is meant where a checkpoint is asked for; None if a file is.

    Args:
        checkpoint: Path of a file, name of a network, or ``tev://`` and the name.

    Raises:
        ValueError: If an address ``tev://`` names none.
    """
    name = os.fspath(checkpoint)
    if name.startswith(SCHEME) or (name in list_weights() and not os.path.isfile(name)):
        return get_weights(name)
    return None


@lru_cache
def _read(name: str) -> NamedWeights:
    values: Mapping[str, Any] = json.loads((_FOLDER / f'{name}.json').read_text(encoding='utf-8'))
    return NamedWeights(
        name=name, **{each.name: values[each.name] for each in fields(NamedWeights)[1:]}
    )


__all__ = ['NamedWeights', 'find_weights', 'get_weights', 'list_weights', 'weights_file']
