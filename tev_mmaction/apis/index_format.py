"""The file of an embedding index: safetensors, with everything except features as metadata."""

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
    """The entry of a file in an index; broken files have entries, too.

    Args:
        path (str): Absolute path.
        size (int): Size in bytes.
        mtime (int): Time of its last change in nanoseconds.
        digest (str): SHA-256 of its content; empty if it changed while it was read.
        reason (str): The problem of a broken file; empty for a video with a feature.
        short_frames (int): Length of a video that is shorter than a clip, whose frames were
            repeated; 0 for all others, and in indexes of older versions.
    """

    path: str
    size: int
    mtime: int
    digest: str
    reason: str = ''
    short_frames: int = 0


class IndexContent(NamedTuple):
    """The content of a file, see :class:`EmbeddingIndex`.

    Args:
        fingerprint (str): Fingerprint of the backbone's weights.
        protocol (EvaluationProtocol): The protocol of the features.
        recipe (Recipe): The network that computed them.
        checkpoint (str): Location of the weights at that time.
        files (dict[str, IndexedFile]): Files by path, including broken ones.
        features (dict[str, np.ndarray]): Features (D,) float32 of the usable files, by path.
    """

    fingerprint: str
    protocol: EvaluationProtocol
    recipe: Recipe
    checkpoint: str
    files: Dict[str, IndexedFile]
    features: Dict[str, np.ndarray]


def write_content(path: os.PathLike, content: IndexContent) -> None:
    """Write a file atomically.

    Args:
        path: File to write.
        content: Its content.
    """
    rows = sorted(content.features)
    matrix = np.stack([content.features[row] for row in rows]) if rows else np.empty((0, 0))
    metadata = dict(
        kind=_KIND,
        fingerprint=content.fingerprint,
        checkpoint=json.dumps(content.checkpoint),
        # JSON would turn tuples into lists
        protocol=repr(content.protocol.to_dict()),
        recipe=repr(asdict(content.recipe)),
        files=json.dumps([asdict(content.files[name]) for name in sorted(content.files)]),
    )
    write_file(path, to_bytes(dict(features=matrix.astype(np.float32)), metadata))


def read_content(path: os.PathLike) -> IndexContent:
    """Read a file.

    Args:
        path: File written by :func:`write_content`.

    Raises:
        ValueError: If the file does not exist or is not an index; with the remedy.
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
        raise ValueError(f'{path} is not an embedding index ({error}). {_REMEDY}') from None
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
        path: File to write.

    Raises:
        ValueError: If the folder does not exist.
    """
    file = Path(path)
    if not file.parent.is_dir():
        raise ValueError(f'there is no folder {file.parent} to write {file.name} to')
