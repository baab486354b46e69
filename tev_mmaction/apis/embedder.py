"""Embeds videos: one feature per video from a frozen backbone."""

import os
import warnings
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ..datasets.readers import VideoError
from ..datasets.transforms.video_reading import REMEDY
from ..datasets.worker_pool import WorkerDied
from ..evaluation.protocol import EvaluationProtocol
from ..evaluation.short_videos import is_short, said_of_short
from ..models.backbone_weights import load_backbone
from ..models.fingerprint import fingerprint
from ..models.recognizers import PooledRecognizer
from ..weights import find_weights, is_address
from .checkpoint import config_of, read_backbone
from .recipe import Recipe, recipe_of
from .views import describe, frames_of_a_clip, pipeline_of

# The protocol of configs/_base_/protocols/tev.py, unless checkpoint or user set other values.
_PROTOCOL = dict(
    name='embedding', split='', clip_len=16, frame_interval=4, num_clips=10, crops='three', size=112
)

Paths = Union[str, os.PathLike, Sequence[Union[str, os.PathLike]]]


class VideoEmbedder:
    """The backbone of a checkpoint as a function from video files to features.

    It accepts any checkpoint of this package or of MMAction2's ``Recognizer3D`` and
    ``Recognizer2D``. The feature of a video is the globally pooled output of the backbone, averaged
    over views. The default views are those of ``configs/_base_/protocols/tev.py``: 10 clips of
    every fourth frame, spread over the video, with 3 crops each. Length and size of clips come from
    the config of the checkpoint; for checkpoints of MMAction2, the interval does, too.
    ``Recognizer2D`` gets single frames spread over the video, as many as in its test.

    Args:
        checkpoint (str | PathLike): Checkpoint of mmengine, or plain backbone weights (``.pth``,
            ``.safetensors``); or a network by its name, its published folder or its address on a
            hub, whose protocol is then the default: see :mod:`tev_mmaction.weights`.
        config (str | PathLike | dict | Recipe, optional): A config with ``model``; a Python
            file is executed. Defaults to None: the config that Runner stored in the checkpoint, of
            which nothing is executed.
        device (str, optional): Defaults to ``'cuda'`` if available, otherwise ``'cpu'``.
        num_workers (int): Decoding processes; 0 for the current process. Defaults to 0.
        batch_views (int): Views per forward pass of the backbone. Defaults to 10.
        decoder (str): See :class:`VideoInit`. Defaults to ``'auto'``.
        protocol: Any of ``num_clips``, ``frame_interval``, ``clip_len``, ``size``, ``crops``,
            ``standardisation`` and other fields of :class:`EvaluationProtocol`.

    Attributes:
        protocol (EvaluationProtocol): The protocol of the features.
        recipe (Recipe): The network that computes them.
        fingerprint (str): Fingerprint of the backbone's weights, as in records of evaluations.
        checkpoint (str): Absolute path, ``tev://NAME`` or ``hf://OWNER/REPO``.
        short_videos (dict[str, int]): Lengths of the videos embedded so far that are shorter
            than a clip, by file name. Their frames are repeated.

    Raises:
        ValueError: If the checkpoint has no backbone or no config, if its weights do not fill the
            whole backbone, or if the protocol is impossible.

    Example:
        >>> embedder = VideoEmbedder('epoch_200.pth', num_clips=3)  # doctest: +SKIP
        >>> embedder.embed(['a.mp4', 'b.mp4']).shape  # doctest: +SKIP
        (2, 512)
    """

    def __init__(
        self,
        checkpoint: Union[str, os.PathLike],
        config: Union[str, os.PathLike, dict, Recipe, None] = None,
        device: Optional[str] = None,
        num_workers: int = 0,
        batch_views: int = 10,
        decoder: str = 'auto',
        **protocol: Any,
    ):
        if batch_views < 1:
            raise ValueError(f'batch_views={batch_views}: at least 1')
        named = find_weights(checkpoint)
        weights, text = read_backbone(named or checkpoint, plain=config is not None)
        name = os.fspath(named or checkpoint)
        self.checkpoint = name if is_address(name) else os.path.abspath(name)
        self.recipe = _recipe(self.checkpoint, text, config)
        self.device = torch.device(device or ('cuda' if torch.cuda.is_available() else 'cpu'))
        self.num_workers = num_workers
        self.batch_views = batch_views
        try:
            views = named.protocol if named else self.recipe.views
            self.protocol = EvaluationProtocol(**{**_PROTOCOL, **views, **protocol})
        except TypeError as error:  # an unknown field
            raise ValueError(f'VideoEmbedder: {error}') from None
        self._check_protocol()
        with DefaultScope.overwrite_default_scope('mmaction'):
            self._pipeline = Compose(
                pipeline_of(self.protocol, decoder, self.recipe.frames_as_batch)
            )
            self._model = PooledRecognizer(
                self.recipe.backbone,
                frames_as_batch=self.recipe.frames_as_batch,
                data_preprocessor=dict(
                    type='ActionDataPreprocessor',
                    format_shape='NCTHW',
                    **self.recipe.normalisation,
                ),
            )
        self._check_segments()
        load_backbone(self._model.backbone, weights, self.checkpoint)
        self._model.to(self.device).eval()
        self.short_videos: Dict[str, int] = {}
        self.fingerprint = fingerprint(self._model.backbone)

    def embed(self, paths: Paths) -> np.ndarray:
        """Features of videos. A warning counts videos that are shorter than a clip.

        Args:
            paths (str | PathLike | Sequence): N video files or URLs; one path is N = 1.

        Returns:
            np.ndarray: Shape (N, D), float32, neither standardised nor normalised.

        Raises:
            VideoError: If a video is missing or broken; names the first one.
            ValueError: If there is no path, or a feature is not finite.
        """
        paths = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        if not paths:
            raise ValueError('VideoEmbedder.embed: no video was given')
        features = []
        for outcome in self.embed_each(paths):
            if isinstance(outcome, VideoError):
                raise outcome
            features.append(outcome)
        short = [path for path in paths if os.fspath(path) in self.short_videos]
        if short:
            warnings.warn(
                said_of_short(len(short), len(paths), self.frames_of_a_clip), stacklevel=2
            )
        return np.stack(features)

    @property
    def backbone(self) -> nn.Module:
        """nn.Module: In evaluation mode, with its weights."""
        return self._model.backbone

    @property
    def frames_of_a_clip(self) -> int:
        """int: Length of the shortest video that has enough frames for a clip."""
        return frames_of_a_clip(self.protocol)

    def embed_each(
        self, paths: Sequence[Union[str, os.PathLike]]
    ) -> Iterator[Union[np.ndarray, VideoError]]:
        """Features of videos one after the other; broken videos do not stop the iteration.

        Args:
            paths: Paths or URIs of videos.

        Yields:
            np.ndarray | VideoError: For each video, in order: its feature (D,), float32, or its
            error.

        Raises:
            ValueError: If a feature is not finite: the weights have diverged.
            WorkerDied: If a decoding process dies; the message names the next video.
        """
        videos = _Videos([os.fspath(path) for path in paths], self._pipeline)
        loader = iter(
            DataLoader(videos, batch_size=None, num_workers=self.num_workers, collate_fn=_as_it_is)
        )
        for path in videos.paths:
            with _named_deaths(path):
                views = next(loader)
            yield views if isinstance(views, VideoError) else self._embed_views(*views)

    def _embed_views(self, inputs: Tensor, metainfo: dict) -> np.ndarray:
        protocol = self.protocol
        protocol.check(inputs.shape, metainfo)
        if is_short(metainfo):
            self.short_videos[metainfo['filename']] = int(metainfo['total_frames'])
        if inputs.ndim == 4:  # single frames: (V * T, C, H, W)
            inputs = inputs.unflatten(0, (-1, protocol.clip_len)).transpose(1, 2)
        pooled = torch.cat([self._features(part) for part in inputs.split(self.batch_views)])
        if protocol.view_pooling == 'mean_of_unit':
            pooled = torch.nn.functional.normalize(pooled, dim=1)
        feature = pooled.mean(dim=0).numpy()
        if not np.isfinite(feature).all() or not feature.any():
            raise ValueError(
                f'{self.checkpoint} gives a feature of NaN, infinity or zeros only, for '
                f'{metainfo["filename"]}: the weights have diverged, or are not those of a '
                'trained backbone'
            )
        return feature

    @torch.no_grad()
    def _features(self, clips: Tensor) -> Tensor:
        """Features (V, D) of uint8 clips (V, C, T, H, W), on the CPU."""
        batch = dict(inputs=[clips], data_samples=None)
        batch = self._model.data_preprocessor(batch, training=False)
        return self._model.extract_feat(batch['inputs'])[0].float().cpu()

    def _check_protocol(self) -> None:
        protocol = self.protocol
        frames_of_a_clip(protocol)
        if protocol.feature_pooling != 'space-time':
            raise ValueError(
                f'feature_pooling={protocol.feature_pooling!r}: a video has one feature, '
                "use 'space-time'"
            )
        if protocol.frame_interval is None:
            if self.recipe.frames_as_batch and protocol.num_clips != 1:
                raise ValueError(
                    f'num_clips={protocol.num_clips} with frame_interval=None: {protocol.clip_len} '
                    'single frames are spread over the video, so set clip_len, not num_clips; or '
                    'give a frame_interval'
                )
        elif protocol.frame_interval < 1:
            raise ValueError(f'frame_interval={protocol.frame_interval}: at least 1')

    def _check_segments(self) -> None:
        segments = getattr(self._model.backbone, 'num_segments', self.protocol.clip_len)
        if self.recipe.frames_as_batch and segments != self.protocol.clip_len:
            raise ValueError(
                f'clip_len={self.protocol.clip_len}, but the backbone shifts features among '
                f'{segments} frames: set clip_len={segments}'
            )

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}({self.checkpoint!r}, {self.fingerprint}, '
            f'{describe(self.protocol)})'
        )


class _Videos(Dataset):
    """Views of videos: (inputs uint8, metainfo), or the error of a broken one."""

    def __init__(self, paths: List[str], pipeline: Compose):
        self.paths = paths
        self.pipeline = pipeline

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int):
        info = dict(filename=self.paths[index], start_index=0, modality='RGB')
        try:
            sample = self.pipeline(info)
        except VideoError as error:  # its remedy applies to lists only
            return VideoError(error.filename, error.reason.removesuffix(f'. {REMEDY}'))
        return sample['inputs'], sample['data_samples'].metainfo


def _as_it_is(sample):
    return sample


@contextmanager
def _named_deaths(path: str) -> Iterator[None]:
    """Name the video that a worker was probably reading when it died."""
    try:
        yield
    except RuntimeError as error:
        if 'DataLoader worker' not in str(error):
            raise
        raise WorkerDied(
            f'a worker process died while it read {path!r} or one of the next videos, most '
            f'likely because of too little memory or in the decoder ({error})'
        ) from error


def _recipe(checkpoint: str, text: Optional[str], config: Any) -> Recipe:
    """The recipe of a given config, otherwise of the checkpoint's own config."""
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
