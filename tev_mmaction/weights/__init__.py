"""Networks by name: those that come with the package, published folders, and those of a hub.

- ``tev://NAME``, or ``NAME`` alone: a network that comes with the package. A file or a published
  folder of that name comes first.
- A folder that ``tools/convert/publish.py`` wrote, or the ``model.safetensors`` in it.
- ``hf://OWNER/REPO`` and ``hf://OWNER/REPO/FILE``, see :mod:`tev_mmaction.weights.hub`.

Such a name is accepted wherever a checkpoint is read, see
:func:`~tev_mmaction.models.checkpoint_file.read_checkpoint`.
"""

import os
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import List, Optional, Union

from .hub import SCHEME as HUB_SCHEME
from .hub import hub_weights
from .record import MODEL, RECORD, NamedWeights, read_record

SCHEME = 'tev://'
_FOLDER = Path(__file__).parent / 'files'


def list_weights() -> List[str]:
    """Names of the networks that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob('*.json'))


def get_weights(name: str) -> NamedWeights:
    """The record of a network.

    Args:
        name (str): With or without ``tev://``; or an address ``hf://OWNER/REPO``.

    Raises:
        ValueError: If the name is unknown; with all names, and the closest one. If a hub does
            not have it, or cannot be reached.
    """
    if name.startswith(HUB_SCHEME):
        found = hub_weights(name)
        if found is None:
            raise ValueError(f'{name} is a file without a record: nothing is known of it')
        return found
    bare = name.removeprefix(SCHEME)
    if bare not in list_weights():
        near = get_close_matches(bare, list_weights(), n=1)
        hint = f' Did you mean {near[0]!r}?' if near else ''
        known = ', '.join(list_weights())
        raise ValueError(f'there are no weights {name!r}; the package has {known}.{hint}')
    return _shipped(_FOLDER, bare)


def weights_file(name: str) -> Path:
    """The safetensors file of a network; its keys are the backbone's own.

    Args:
        name: With or without ``tev://``; or an address ``hf://OWNER/REPO``.

    Raises:
        ValueError: See :func:`get_weights`.
    """
    return get_weights(name).file


def find_weights(checkpoint: Union[str, os.PathLike]) -> Optional[NamedWeights]:
    """The network behind the name of a checkpoint; None if the name is a file.

    Args:
        checkpoint: Path of a file or of a published folder, name of a network, ``tev://`` and the
            name, an address ``hf://OWNER/REPO``; or a result of this function.

    Raises:
        ValueError: If an address ``tev://`` is unknown; if a hub does not have it, or cannot be
            reached; if the record of a folder is damaged, or of a newer version.
    """
    if isinstance(checkpoint, NamedWeights):
        return checkpoint
    name = os.fspath(checkpoint)
    if name.startswith(HUB_SCHEME):
        return hub_weights(name)
    if name.startswith(SCHEME):
        return get_weights(name)
    published = _published(Path(name).expanduser())
    if published is not None:
        return published
    return get_weights(name) if name in list_weights() and not os.path.isfile(name) else None


def is_address(checkpoint: Union[str, os.PathLike]) -> bool:
    """Whether a checkpoint is named by ``tev://`` or ``hf://``, not by a path.

    Args:
        checkpoint: See :func:`find_weights`.
    """
    return os.fspath(checkpoint).startswith((SCHEME, HUB_SCHEME))


def _published(path: Path) -> Optional[NamedWeights]:
    """The network of a folder that has a record, or of the file that such a record is of."""
    folder = path.parent if path.name == MODEL and path.is_file() else path
    if not (folder / RECORD).is_file():
        return None
    folder = folder.resolve()
    return read_record(
        folder / RECORD,
        name=folder.name,
        file=folder / MODEL,
        address=str(folder),
        remedy=f'Copy or publish {folder} anew',
    )


@lru_cache
def _shipped(folder: Path, name: str) -> NamedWeights:
    address = f'{SCHEME}{name}'
    return read_record(
        folder / f'{name}.json',
        name=name,
        file=folder / f'{name}.safetensors',
        address=address,
        remedy=f'{address} does not come with the package as it should: install it anew',
    )


__all__ = [
    'NamedWeights',
    'find_weights',
    'get_weights',
    'is_address',
    'list_weights',
    'weights_file',
]
