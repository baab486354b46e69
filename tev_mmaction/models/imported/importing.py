"""Imports weights of other projects. Every tensor is used or counted."""

import os
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from torch import Tensor

from ..backbone_weights import COUNTER, first, non_finite
from ..checkpoint_file import read_checkpoint
from ..fingerprint import fingerprint
from .coclr import COCLR
from .severe import SEVERE, TCLR
from .source import Match, Source, below, best_match, differences
from .torchvision import TORCHVISION
from .videomae import VIDEOMAE

SOURCES = {source.name: source for source in (*TORCHVISION, *TCLR, *COCLR, *VIDEOMAE, *SEVERE)}


@dataclass(frozen=True)
class Imported:
    """Weights of another project under our names.

    Args:
        source (Source): The kind of file.
        backbone (dict): Config of the backbone.
        weights (dict[str, Tensor]): All tensors of the backbone.
        place (str): Mapping and prefix in the file, as text.
        left_out (dict[str, int]): Number of unused tensors for each part of the model.
        computed (list[str]): Tensors that are not in the file because they are not learned.
        file (str): Name of the file.
    """

    source: Source
    backbone: Dict[str, Any]
    weights: Dict[str, Tensor]
    place: str
    left_out: Dict[str, int]
    computed: List[str]
    file: str

    @property
    def fingerprint(self) -> str:
        """str: Of the weights."""
        return fingerprint(self.weights)

    def checkpoint(self) -> Dict[str, Any]:
        """A checkpoint in the format of mmengine, whose config has the clips and normalisation."""
        model = dict(
            type='Recognizer3D',
            backbone=self.backbone,
            data_preprocessor=dict(
                type='ActionDataPreprocessor', format_shape='NCTHW', **self.source.normalisation
            ),
        )
        pipeline = [
            dict(
                type='SampleFrames',
                clip_len=self.source.clip_len,
                frame_interval=self.source.frame_interval,
            ),
            dict(type='CenterCrop', crop_size=self.source.size),
        ]
        loader = dict(dataset=dict(pipeline=pipeline))
        imported = dict(source=self.source.name, file=self.file, left_out=self.left_out)
        return dict(
            meta=dict(cfg=f'model = {model!r}\ntest_dataloader = {loader!r}\n', imported=imported),
            state_dict={f'backbone.{name}': tensor for name, tensor in self.weights.items()},
        )


def list_sources() -> Dict[str, str]:
    """Names and descriptions of the files that can be imported."""
    return {name: source.what for name, source in SOURCES.items()}


def import_weights(source: str, checkpoint: Union[str, os.PathLike]) -> Imported:
    """Import the weights of another project into one of our backbones.

    Args:
        source (str): One of :func:`list_sources`.
        checkpoint (str | PathLike): Their file, or its address on a hub.

    Raises:
        ValueError: If the source is unknown, if the file cannot be read safely, or if a tensor is
            missing, unexpected, of another shape or not finite.
    """
    if source not in SOURCES:
        near = get_close_matches(source, SOURCES, n=1)
        hint = f' Did you mean {near[0]!r}?' if near else ''
        raise ValueError(f'there is no source {source!r}; there are {", ".join(SOURCES)}.{hint}')
    kind, file = SOURCES[source], os.fspath(checkpoint)
    content = read_checkpoint(checkpoint)
    match, config, problem = _examine(kind, content)
    if problem or config is None:
        raise ValueError(
            f'{file} is not a file of {kind.what}: {problem}. {_nearest(kind, content)}'
        )
    computed = [name for name in kind.computed if name not in match.weights]
    weights = {name: t.detach().clone().contiguous() for name, t in match.weights.items()}
    weights.update({name: kind.computed[name](config) for name in computed})
    bad = non_finite(weights)
    if bad:
        raise ValueError(f'{file}: {len(bad)} tensors are NaN or infinite{first(bad)}')
    place = f'{match.where or "the file itself"}, prefix {match.prefix!r}'
    name = os.path.basename(file)
    return Imported(kind, config, weights, place, match.left_out, computed, name)


def _examine(
    source: Source, checkpoint: Mapping[str, Any]
) -> Tuple[Match, Optional[Dict[str, Any]], str]:
    """Match a file with a source: the match, the backbone's config, and the problems as text."""
    match = best_match(source, checkpoint)
    if not match.weights:
        return match, None, f'no key has one of its names, with {_prefixes(source)}'
    try:
        config = source.config(below(match, checkpoint))
    except ValueError as error:
        return match, None, str(error)
    missing, misfits, surplus = differences(match.weights, source.tensors(config))
    missing = [name for name in missing if name not in source.computed]
    surplus += match.unknown
    problems = [
        f'{len(names)} {what}{first(names)}'
        for names, what in (
            (missing, 'tensors are missing'),
            (misfits, 'have another shape'),
            (surplus, 'are unexpected'),
            (match.unequal, 'are there twice, with different values'),
        )
        if names
    ]
    return match, config, '; '.join(problems)


def _prefixes(source: Source) -> str:
    return ' or '.join(repr(prefix) for prefix in source.prefixes) + ' before it'


def _nearest(tried: Source, checkpoint: Mapping[str, Any]) -> str:
    """The other source that a file fits, or fits best, as a sentence."""
    fits, scores = [], {}
    for name, source in SOURCES.items():
        if name == tried.name:
            continue
        match, _, problem = _examine(source, checkpoint)
        if not problem:
            fits.append(name)
        scores[name] = sum(not key.endswith(COUNTER) for key in match.weights)
    if fits:
        return f'It fits the source {" or ".join(fits)}'
    best = max(scores, key=lambda name: scores[name])
    if not scores[best]:
        return 'Its names are those of no other source either'
    return f'The nearest other source is {best}, which knows {scores[best]} of its names'
