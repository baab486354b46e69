"""The record of a network, stored beside its weights."""

import hashlib
import json
import re
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Dict, List

from mmengine.utils import digit_version
from safetensors.torch import load

from ..version import __version__

# Of a published network, in its folder or repository.
RECORD = 'record.json'
MODEL = 'model.safetensors'

_REQUIRES = re.compile(r'tev_mmaction *>= *(\d+(?:\.\w+)*)')


@dataclass(frozen=True)
class NamedWeights:
    """A network: its description, training, results and weights.

    Args:
        name (str): Its name, without ``tev://`` or ``hf://``.
        description (str): A sentence.
        backbone (dict): Config of the backbone.
        normalisation (dict): ``mean`` and ``std`` of the values, 0 to 255; ``to_rgb=True`` where
            the network takes BGR: ``ActionDataPreprocessor`` then swaps red and blue.
        protocol (dict): Fields of :class:`EvaluationProtocol` that suit real video.
        training (dict): ``data``, ``config``, ``command``, ``commit``, ``seed``, ``machine``, as
            far as they are known. Networks of the package have ``steps``, too: each command from
            nothing to the last checkpoint, and the file that it ``makes``; and ``first_step``, the
            losses of the first iteration.
        results (list[dict]): ``figure`` and ``value``, those of hand-made ``flow`` and ``random``
            weights, ``chance``, and the ``command``, as far as they are known.
        limits (str): Its limitations.
        licence (str): Licence of the weights.
        sha256 (str): SHA-256 of the file.
        fingerprint (str): Fingerprint of the weights, as in records of evaluations.
        requires (str): The oldest version of this package that can use it, as in
            ``'tev_mmaction>=0.1.0'``. Defaults to '', any.
        recognizer (str): ``'Recognizer3D'``, or ``'Recognizer2D'`` for a backbone of single frames.
            Defaults to ``'Recognizer3D'``.
        file (Path): Its safetensors file, without ``backbone.`` in the keys. Is not in the record.
        address (str): Its name in configs and records. Not in the record.
        remedy (str): What to do about a damaged file. Not in the record.
    """

    name: str
    description: str
    backbone: Dict[str, Any]
    normalisation: Dict[str, Any]
    protocol: Dict[str, Any]
    training: Dict[str, Any]
    results: List[Dict[str, Any]]
    limits: str
    licence: str
    sha256: str
    fingerprint: str
    requires: str = ''
    recognizer: str = 'Recognizer3D'
    file: Path = Path()
    address: str = ''
    remedy: str = ''

    def __fspath__(self) -> str:
        return self.address

    def checkpoint(self) -> Dict[str, Any]:
        """The weights as a recognizer's checkpoint, with the required config.

        Raises:
            ValueError: If the file is missing, damaged, or another one.
        """
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise ValueError(
                f'{self.file} cannot be read ({error.strerror}). {self.remedy}'
            ) from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(
                f'{self.file} is damaged, or another file: its checksum is not the one in the '
                f'record of {self.address}. {self.remedy}'
            )
        model = dict(
            type=self.recognizer,
            backbone=self.backbone,
            data_preprocessor={**self.normalisation, 'type': 'ActionDataPreprocessor'},
        )
        try:
            tensors = load(content)
        except Exception as error:  # safetensors raises a class of its own
            raise ValueError(f'{self.file} is not a file of safetensors ({error})') from None
        return dict(
            state_dict={f'backbone.{key}': tensor for key, tensor in tensors.items()},
            meta=dict(cfg=f'model = {model!r}\n'),
        )

    def to_json(self) -> str:
        """The text of the record; keys in the order of the arguments."""
        values = {
            key: getattr(self, key)
            for key in _KEYS
            if _KEYS[key] is MISSING or getattr(self, key) != _KEYS[key]
        }
        return json.dumps(values, indent=1, ensure_ascii=False) + '\n'


# What stands in a file, and the values that may be missing there.
_KEYS = {
    each.name: each.default
    for each in fields(NamedWeights)
    if each.name not in ('name', 'file', 'address', 'remedy')
}

_KINDS: Dict[str, type] = dict(
    backbone=dict, normalisation=dict, protocol=dict, training=dict, results=list
)


def read_record(record: Path, name: str, file: Path, address: str, remedy: str) -> NamedWeights:
    """Read a record.

    Args:
        record (Path): Its file.
        name (str): Of the network.
        file (Path): Of the weights.
        address (str): How the network is named in messages, and by who uses it.
        remedy (str): What to do about a damaged file.

    Raises:
        ValueError: If it is no record, or asks for a newer version of this package.
    """
    try:
        values = json.loads(record.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ValueError(f'{record} of {address} cannot be read ({error}). {remedy}') from None
    if not isinstance(values, dict):
        raise ValueError(f'{record} of {address} is not a record of weights: it has no keys')
    _check_version(values.get('requires', ''), address)
    missing = [key for key, default in _KEYS.items() if key not in values and default is MISSING]
    wrong = [k for k in _KEYS.keys() & values if not isinstance(values[k], _KINDS.get(k, str))]
    if missing or wrong:
        what = [f'it lacks {", ".join(missing)}'] if missing else []
        what += [f'{", ".join(sorted(wrong))} is of another kind'] if wrong else []
        raise ValueError(f'{record} of {address} is not a record of weights: {"; ".join(what)}')
    known = {key: values[key] for key in _KEYS if key in values}
    return NamedWeights(name=name, file=file, address=address, remedy=remedy, **known)


def _check_version(requires: Any, address: str) -> None:
    if requires == '':
        return
    found = _REQUIRES.fullmatch(requires) if isinstance(requires, str) else None
    if found is None:
        raise ValueError(
            f'the record of {address} has requires={requires!r}, which is not of the form '
            "'tev_mmaction>=1.2.3': correct its record.json"
        )
    if digit_version(__version__) < digit_version(found[1]):
        raise ValueError(
            f'{address} needs tev_mmaction {found[1]} or newer, this is {__version__}: '
            'pip install --upgrade tev_mmaction'
        )
