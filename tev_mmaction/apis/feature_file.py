"""Writes features of videos to a numpy file."""

import io
import json
import os
from dataclasses import asdict
from typing import Sequence, Tuple, Union

import numpy as np

from tev_mmaction.files import write_file

from ..datasets.video_list import list_text
from .embedder import VideoEmbedder

EXTENSIONS = ('.npz', '.npy')


def features_files(out: Union[str, os.PathLike]) -> Tuple[str, ...]:
    """The files that :func:`save_features` writes.

    Args:
        out (str | PathLike): Name with the suffix ``.npz`` or ``.npy``; beside ``.npy``, a list of
            the videos is written.

    Raises:
        ValueError: If it has another suffix.
    """
    out = os.fspath(out)
    stem, extension = os.path.splitext(out)
    if extension not in EXTENSIONS:
        raise ValueError(f'{out}: the name of the output must end in {" or ".join(EXTENSIONS)}')
    return (f'{stem}.videos.txt', out) if extension == '.npy' else (out,)


def save_features(
    out: Union[str, os.PathLike],
    features: np.ndarray,
    videos: Sequence[Tuple[str, int]],
    embedder: VideoEmbedder,
) -> None:
    """Write features and the names of their videos atomically.

    An ``.npz`` has the arrays ``features`` (N, D) float32, ``paths`` (N,), ``labels`` (N,) int64
    (-1 if unknown), and ``protocol``, JSON with the fingerprint of the weights and the sampling of
    clips. An ``.npy`` has only the features; a list of the videos in the same order,
    ``path label`` lines, goes to ``<name>.videos.txt``.

    Args:
        out (str | PathLike): See :func:`features_files`.
        features (np.ndarray): Shape (N, D), float32.
        videos (Sequence[tuple[str, int]]): N paths and labels.
        embedder (VideoEmbedder): The source of the features.

    Raises:
        ValueError: If ``out`` has another extension, or the numbers differ.
        OSError: If it cannot be written.
    """
    if len(features) != len(videos):
        raise ValueError(f'{len(features)} features of {len(videos)} videos')
    *lists, file = features_files(out)
    for name in lists:
        write_file(name, list_text(videos))
    content = io.BytesIO()
    if lists:
        np.save(content, features)
    else:
        protocol = dict(
            asdict(embedder.protocol),
            checkpoint=embedder.checkpoint,
            fingerprint=embedder.fingerprint,
        )
        np.savez(
            content,
            features=features,
            paths=np.array([path for path, _ in videos], dtype=np.str_),
            labels=np.array([label for _, label in videos], dtype=np.int64),
            protocol=np.array(json.dumps(protocol)),
        )
    write_file(file, content.getvalue())
