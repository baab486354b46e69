"""The file of an embedding index: safetensors, with all but the features in its metadata."""

import ast
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Dict, NamedTuple, Union

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from tev_mmaction.files import write_file

from ..evaluation import EvaluationProtocol
from .recipe import Recipe

_KIND = 'tev_mmaction embedding index 1'
_REMEDY = 'Make it anew with `python tools/search.py index FOLDER --checkpoint CHECKPOINT`'


@dataclass(frozen=True)
class IndexedFile:
    """What an index remembers of a file, broken ones included.

    Args:
        path (str): Absolute.
        size (int): Bytes.
        mtime (int): Time of its last change, nanoseconds.
        digest (str): SHA-256 of its content, empty where it changed while it was read.
        reason (str): What is wrong with it; empty for a video that has a feature.
        short_frames (int): Frames of a video that is shorter than a clip, some of which were
            repeated; 0 for all others, and in indices of versions that did not note it.
    """

    path: str
    size: int
    mtime: int
    digest: str
    reason: str = ''
    short_frames: int = 0


class IndexContent(NamedTuple):
    """What a file holds, see :class:`EmbeddingIndex`.

    Args:
        fingerprint (str): Of the backbone's weights.
        protocol (EvaluationProtocol): How videos were made features.
        recipe (Recipe): What computed them.
        checkpoint (str): Where the weights were.
        files (dict[str, IndexedFile]): By path, broken ones included.
        features (dict[str, np.ndarray]): By path, (D,) float32, of the usable ones.
    """

    fingerprint: str
    protocol: EvaluationProtocol
    recipe: Recipe
    checkpoint: str
    files: Dict[str, IndexedFile]
    features: Dict[str, np.ndarray]


def write_content(path: os.PathLike, content: IndexContent) -> None:
    """Write a file, whole or not at all.

    Args:
        path: File to write.
        content: What it is to hold.
    """
    rows = sorted(content.features)
    matrix = np.stack([content.features[row] for row in rows]) if rows else np.empty((0, 0))
    metadata = dict(
        kind=_KIND,
        fingerprint=content.fingerprint,
        checkpoint=json.dumps(content.checkpoint),
        # JSON would make lists of tuples
        protocol=repr(content.protocol.to_dict()),
        recipe=repr(asdict(content.recipe)),
        files=json.dumps([asdict(content.files[name]) for name in sorted(content.files)]),
    )
    write_file(path, to_bytes(dict(features=matrix.astype(np.float32)), metadata))


def read_content(path: os.PathLike) -> IndexContent:
    """Read a file.

    Args:
        path: File that :func:`write_content` wrote.

    Raises:
        ValueError: If there is none, or the file is something else; with the remedy.
    """
    if not os.path.isfile(path):
        raise ValueError(f'there is no index {path}. {_REMEDY}')
    try:
        with safe_open(path, 'np') as file:
            metadata, matrix = file.metadata() or {}, file.get_tensor('features')
        if metadata.get('kind') != _KIND:
            raise ValueError(f'of kind {metadata.get("kind")!r}, not {_KIND!r}')
        protocol = EvaluationProtocol(**ast.literal_eval(metadata['protocol']))
        recipe = Recipe(**ast.literal_eval(metadata['recipe']))
        checkpoint = json.loads(metadata['checkpoint'])
        files = [IndexedFile(**entry) for entry in json.loads(metadata['files'])]
        fingerprint = metadata['fingerprint']
    except (SafetensorError, KeyError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f'{path} is no index of videos ({error}). {_REMEDY}') from None
    usable = sorted(file.path for file in files if not file.reason)
    if len(usable) != len(matrix):
        raise ValueError(
            f'{path} is damaged: {len(matrix)} features of {len(usable)} files. {_REMEDY}'
        )
    return IndexContent(
        fingerprint,
        protocol,
        recipe,
        checkpoint,
        {file.path: file for file in files},
        dict(zip(usable, matrix)),
    )


def check_folder(path: Union[str, os.PathLike]) -> None:
    """Refuse a path in a folder that does not exist.

    Args:
        path: File that will be written.

    Raises:
        ValueError: If there is no such folder.
    """
    file = Path(path)
    if not file.parent.is_dir():
        raise ValueError(f'there is no folder {file.parent} to write {file.name} to')
