"""The recipe for the features of a checkpoint, from its config."""

import inspect
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Optional

from mmaction.registry import MODELS
from mmengine.config import Config

from .checkpoint import config_of

# Prefixes by which MMAction2's recognizers identify other packages.
_FOREIGN = re.compile(r'(?:torchvision|timm)\.[A-Za-z]\w*|(?:mmpretrain|mmcls)\.[A-Za-z]\w*')
# Keys that would load other weights; the checkpoint has all of them.
_WEIGHTS = ('init_cfg', 'pretrained', 'weights', 'checkpoint_path')
_RECOGNIZERS = ('TimeEquivariantRecognizer', 'Recognizer3D', 'Recognizer2D')
# Where clips are described; what was trained on comes first for our recognizer, which has no test.
_PARTS = {True: ('train', 'val', 'test'), False: ('test', 'val', 'train')}


@dataclass(frozen=True)
class Recipe:
    """The network that computes features from clips.

    Args:
        backbone (dict): Config of the backbone, without initial weights.
        frames_as_batch (bool): Whether the backbone needs single frames.
        normalisation (dict): ``mean``, ``std`` and ``to_rgb`` of MMAction2's
            ``ActionDataPreprocessor``, as far as the config has them.
        views (dict): ``clip_len``, ``frame_interval``, ``num_clips`` and ``size``, as far as the
            config has them; fields of :class:`EvaluationProtocol`.
    """

    backbone: dict
    frames_as_batch: bool
    normalisation: dict
    views: Dict[str, Optional[int]]


def find_recipe(checkpoint: str, text: Optional[str], config: Any) -> Recipe:
    """The recipe of a given config, otherwise of the checkpoint's own config.

    Args:
        checkpoint (str): Its name, for errors.
        text (str, optional): Text of the checkpoint's own config.
        config (str | PathLike | dict | Recipe, optional): See :class:`VideoEmbedder`.

    Raises:
        ValueError: If there is no config, or its model is not supported.
    """
    if isinstance(config, Recipe):
        return config
    if config is not None and not isinstance(config, dict):
        config = Config.fromfile(config)
    if config is not None:
        config = config.to_dict() if isinstance(config, Config) else deepcopy(dict(config))
        return recipe_of(config, 'the given config')
    config = config_of(text)
    if config is None:
        raise ValueError(
            f'{checkpoint} does not describe its backbone (no config in its meta, or one with '
            'more than literals): give the config that it was trained with (config=...)'
        )
    return recipe_of(config, checkpoint)


def recipe_of(config: dict, source: str) -> Recipe:
    """Read a recipe from a config of pre-training, fine-tuning or evaluation.

    Args:
        config (dict): Plain dicts and lists, with ``model``.
        source (str): Its origin, for errors.

    Raises:
        ValueError: If the model is not supported; the message lists supported ones.
    """
    model = config.get('model') or {}
    kind = _bare(model.get('type'))
    if kind not in _RECOGNIZERS or not isinstance(model.get('backbone'), dict):
        raise ValueError(
            f'{source}: model.type={kind!r} with backbone={type(model.get("backbone")).__name__}; '
            f'one of {", ".join(_RECOGNIZERS)} with a backbone is expected'
        )
    ours = kind == _RECOGNIZERS[0]
    frames_as_batch = kind == 'Recognizer2D' or bool(ours and model.get('frames_as_batch'))
    preprocessor = model.get('data_preprocessor') or {}
    if preprocessor.get('residual'):
        raise ValueError(
            f'{source}: its network takes differences of frames (data_preprocessor.residual=True), '
            'which only tools/test.py gives it: set model.data_preprocessor.type='
            'ClipPairDataPreprocessor and model.data_preprocessor.residual=True there'
        )
    if _takes_flow(config):
        raise ValueError(
            f'{source}: its network takes pictures of optical flow (ClipFlow), which only '
            'tools/test.py gives it: put ClipFlow into test_dataloader.dataset.pipeline there'
        )
    normalisation = {
        key: preprocessor[key]
        for key in ('mean', 'std', 'to_rgb')
        if preprocessor.get(key) is not None
    }
    views = _views(config, ours)
    if kind == 'Recognizer2D':
        # there: clips of one frame; here: one clip of the same number of frames
        views.update(clip_len=views.get('num_clips', 8), frame_interval=None, num_clips=1)
    else:
        views.pop('num_clips', None)
    return Recipe(_clean(model['backbone'], source), frames_as_batch, normalisation, views)


def _takes_flow(config: dict) -> bool:
    """Whether the network was trained on optical flow in the place of frames."""
    pipeline = _inner_dataset(config.get('train_dataloader')).get('pipeline') or []
    steps = [step for step in pipeline if isinstance(step, dict)]
    return any(
        _bare(step.get('type')) == 'ClipFlow' and step.get('other') != 'flow' for step in steps
    )


def _bare(kind: Any) -> str:
    """Name of a type, without scope or module: a registry must know it, nothing is imported."""
    return kind.__name__ if inspect.isclass(kind) else str(kind).rpartition('.')[2]


def _clean(backbone: dict, source: str) -> dict:
    """A config that builds only registered classes, and downloads nothing."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: walk(item) for key, item in value.items() if key not in _WEIGHTS}
            if 'type' in kept:
                kept['type'] = _bare(kept['type'])
            return kept
        if isinstance(value, (list, tuple)):
            return type(value)(walk(item) for item in value)
        return value

    cleaned = walk(deepcopy(backbone))
    kind = backbone.get('type')
    if isinstance(kind, str) and _FOREIGN.fullmatch(kind):
        cleaned['type'] = kind
    elif cleaned.get('type') not in MODELS.module_dict:
        raise ValueError(
            f'{source}: model.backbone.type={kind!r} is not a backbone of MMAction2 or of this '
            'package; import what registers it first'
        )
    return cleaned


def _views(config: dict, ours: bool) -> Dict[str, Optional[int]]:
    """The clips described by the config: for each setting the first value found."""
    views: Dict[str, Optional[int]] = {}
    for part in _PARTS[ours]:
        dataset = _inner_dataset(config.get(f'{part}_dataloader'))
        sampler = dataset.get('clip_sampler')
        if isinstance(sampler, dict) and isinstance(sampler.get('clip_len'), int):
            views.setdefault('clip_len', sampler['clip_len'])
        found: Dict[str, int] = {}
        for transform in dataset.get('pipeline') or config.get(f'{part}_pipeline') or []:
            found.update(_told_by(transform if isinstance(transform, dict) else {}))
        if ours:  # its validation may use any interval, the paper's evaluation has a fixed one
            found.pop('frame_interval', None)
        for key, value in found.items():
            views.setdefault(key, value)
    return views


def _inner_dataset(loader: Any) -> dict:
    """The dataset of a data loader, without its wrappers."""
    dataset = loader.get('dataset') if isinstance(loader, dict) else None
    while isinstance(dataset, dict) and isinstance(dataset.get('dataset'), dict):
        dataset = dataset['dataset']
    return dataset if isinstance(dataset, dict) else {}


def _told_by(transform: dict) -> Dict[str, int]:
    """Settings of the clips in a transform."""
    kind = _bare(transform.get('type'))
    if kind.endswith('SampleFrames') or kind == 'UniformSample':
        keys = ('clip_len', 'frame_interval', 'num_clips')
        return {key: transform[key] for key in keys if isinstance(transform.get(key), int)}
    size = transform.get('crop_size', transform.get('size'))
    if kind == 'Resize' and transform.get('keep_ratio') is False:
        size = transform.get('scale')
    sides = set(_integers(size))
    return dict(size=sides.pop()) if len(sides) == 1 else {}


def _integers(value: Any) -> Iterator[int]:
    for item in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(item, int) and not isinstance(item, bool) and item > 0:
            yield item
