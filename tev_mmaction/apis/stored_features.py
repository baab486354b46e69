"""Reads the features that ``embed_to_folder`` wrote."""

import json
import os
from posixpath import normpath
from typing import Any, Dict, Sequence, Tuple

import numpy as np

from tev_mmaction.listing import first_of

from .feature_folder import MANIFEST
from .feature_format import features_of


def read_features(folder: str, names: Sequence[str]) -> Tuple[np.ndarray, Dict[str, Any]]:
    """Features of whole videos from a folder of :func:`embed_to_folder`.

    Args:
        folder (str): The folder.
        names (Sequence[str]): Names of the videos, as in the list that was embedded.

    Returns:
        tuple[np.ndarray, dict]: Features in the order of the names, float32, (N, clips, T', D) with
        ``keep='time'``, otherwise (N, 1, 1, D); and the settings in the manifest.

    Raises:
        FileNotFoundError: If there is no manifest, or a file is missing.
        ValueError: If it is damaged, lacks a video, or has features of windows or of several
            shapes.
    """
    manifest = os.path.join(folder, MANIFEST)
    if not os.path.isfile(manifest):
        raise FileNotFoundError(
            f'{manifest} does not exist: write the features with `tev-embed LIST --out {folder} '
            '--keep time`'
        )
    try:
        with open(manifest, encoding='utf-8') as file:
            content = json.load(file)
        settings = content['settings']
        entries = {normpath(entry['name']): entry for entry in content['videos']}
        form, window = settings['format'], settings['window']
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{manifest} is damaged, or of another tool ({error!r})') from None
    if window is not None:
        raise ValueError(
            f'{folder} has features of windows of {window:g} {settings["unit"]}: one feature per '
            'video is needed, which tev-embed writes without --window'
        )
    missing = [name for name in names if normpath(name) not in entries]
    if missing:
        raise ValueError(
            f'{folder} has no features of {len(missing)} of {len(names)} videos: '
            f'{first_of(missing)}. Embed their list with tev-embed, or remove broken videos from it'
        )
    features = [_read(folder, entries[normpath(name)], form) for name in names]
    shapes = {array.shape[1:]: name for array, name in zip(features, names)}
    if len(shapes) > 1:
        (one, first), (other, second) = list(shapes.items())[:2]
        raise ValueError(
            f'{folder} has features of several shapes: {one} of {first}, {other} of {second}. '
            'Embed with a clip_len, so that all clips have one length'
        )
    stacked = np.concatenate(features)
    return (stacked if stacked.ndim == 4 else stacked[:, None, None]), settings


def _read(folder: str, entry: Dict[str, Any], form: str) -> np.ndarray:
    """The features (1, ...) of a video."""
    path = os.path.join(folder, entry['file'])
    try:
        with open(path, 'rb') as file:
            features = features_of(form, file.read())
    except OSError:
        raise FileNotFoundError(
            f'{path}, which {MANIFEST} names, cannot be read: run tev-embed again'
        ) from None
    except Exception as error:  # each format raises its own errors
        raise ValueError(
            f'{path} is damaged ({error}): delete it, and run tev-embed again'
        ) from error
    if list(features.shape) != entry['shape']:
        raise ValueError(
            f'{path} has the shape {list(features.shape)}, {MANIFEST} says {entry["shape"]}: '
            'delete it, and run tev-embed again'
        )
    return features
