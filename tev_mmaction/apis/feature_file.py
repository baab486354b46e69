"""Writes one feature of each video to one file."""

import os
from typing import Any, Dict, Sequence, Tuple, Union

import numpy as np

from tev_mmaction.files import write_file

from ..datasets.video_list import list_text
from .embedder import VideoEmbedder
from .feature_format import FORMATS, check_format, to_bytes


def features_files(out: Union[str, os.PathLike]) -> Tuple[str, ...]:
    """The files that :func:`save_features` writes.

    Args:
        out (str | PathLike): Name with the suffix ``.npz``, ``.npy``, ``.safetensors`` or
            ``.parquet``; beside ``.npy``, a list of the videos is written.

    Raises:
        ValueError: If it has another suffix, or pyarrow is missing for Parquet.
    """
    out = os.fspath(out)
    stem, extension = os.path.splitext(out)
    if extension[1:] not in FORMATS:
        *most, last = (f'.{name}' for name in FORMATS)
        raise ValueError(f'{out}: the name of the output must end in {", ".join(most)} or {last}')
    check_format(extension[1:])
    return (f'{stem}.videos.txt', out) if extension == '.npy' else (out,)


def save_features(
    out: Union[str, os.PathLike],
    features: np.ndarray,
    videos: Sequence[Tuple[str, int]],
    embedder: VideoEmbedder,
) -> None:
    """Write features and the names of their videos atomically.

    A file has ``features`` (N, D) float32, ``paths`` (N,), ``labels`` (N,) int64
    (-1 if unknown), and ``protocol``, JSON with the fingerprint of the weights and the sampling of
    clips; :func:`~tev_mmaction.apis.feature_format.to_bytes` says where each format has them. An
    ``.npy`` has only the features; a list of the videos in the same order, ``path label`` lines,
    goes to ``<name>.videos.txt``.

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
    arrays = dict(
        features=features,
        paths=np.array([path for path, _ in videos], dtype=np.str_),
        labels=np.array([label for _, label in videos], dtype=np.int64),
    )
    name = os.path.splitext(file)[1][1:]
    write_file(file, to_bytes(name, arrays, about_features(embedder)))


def about_features(embedder: VideoEmbedder) -> Dict[str, Any]:
    """What made features, as valid JSON: protocol, checkpoint and fingerprint of the weights.

    Args:
        embedder (VideoEmbedder): The source of the features.
    """
    return dict(
        embedder.protocol.to_dict(),
        checkpoint=embedder.checkpoint,
        fingerprint=embedder.fingerprint,
    )
