"""Embeds videos: one feature per video from a frozen backbone."""

import os
import warnings
from typing import Any, Callable, Dict, Iterator, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..datasets.readers import VideoError
from ..evaluation.protocol import EvaluationProtocol
from ..evaluation.short_videos import is_short, said_of_short
from ..models.backbone_weights import load_backbone
from ..models.fingerprint import fingerprint
from ..models.recognizers import PooledRecognizer
from ..weights import find_weights, is_address
from .checkpoint import read_backbone
from .recipe import Recipe, find_recipe
from .video_views import (
    WholeVideos,
    WindowStream,
    WindowViews,
    as_it_is,
    gather_windows,
    named_deaths,
)
from .view_encoder import ViewEncoder
from .views import check_protocol, describe, frames_of_a_clip, pipeline_of
from .window_grid import WindowFeatures, WindowGrid, check_windows

# The protocol of configs/_base_/protocols/tev.py, unless checkpoint or user set other values.
_PROTOCOL = dict(
    name='embedding', split='', clip_len=16, frame_interval=4, num_clips=10, crops='three', size=112
)

Path = Union[str, os.PathLike]
Paths = Union[Path, Sequence[Path]]


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
        self.recipe = find_recipe(self.checkpoint, text, config)
        self.device = torch.device(device or ('cuda' if torch.cuda.is_available() else 'cpu'))
        self.num_workers = num_workers
        try:
            views = named.protocol if named else self.recipe.views
            self.protocol = EvaluationProtocol(**{**_PROTOCOL, **views, **protocol})
        except TypeError as error:  # an unknown field
            raise ValueError(f'VideoEmbedder: {error}') from None
        check_protocol(self.protocol, self.recipe.frames_as_batch)
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
        self._encoder = ViewEncoder(self._model, self.protocol, batch_views, self.checkpoint)
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

    def embed_each(self, paths: Sequence[Path]) -> Iterator[Union[np.ndarray, VideoError]]:
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
        videos = WholeVideos([os.fspath(path) for path in paths], self._pipeline)
        loader = iter(
            DataLoader(videos, batch_size=None, num_workers=self.num_workers, collate_fn=as_it_is)
        )
        for path in videos.paths:
            with named_deaths(f'{path!r} or one of the next videos'):
                views = next(loader)
            yield views if isinstance(views, VideoError) else self._embed_views(*views)

    def embed_windows(
        self,
        path: Path,
        window: Optional[float] = None,
        stride: Optional[float] = None,
        unit: str = 'seconds',
        keep: str = 'vector',
    ) -> WindowFeatures:
        """Features of the windows of a video, which may be hours long: it is read as a stream.

        The feature of a window is that of a video of its frames; with the default ``window=None``,
        there is one window, the whole video.

        Args:
            path (str | PathLike): A video file or URL.
            window (float, optional): See :class:`WindowGrid`.
            stride (float, optional): See :class:`WindowGrid`.
            unit (str): ``'seconds'`` or ``'frames'``. Defaults to ``'seconds'``.
            keep (str): ``'vector'``, one feature (D,) per window; or ``'time'``, the features
                (clips, T', D) before any pooling over time, averaged over space and crops.
                Defaults to ``'vector'``.

        Returns:
            WindowFeatures: Features (N, D) or (N, clips, T', D), float32, and their time stamps.

        Raises:
            VideoError: If the video is missing or broken, or does not fit the windows.
            ValueError: If an argument is impossible, or a feature is not finite.
        """
        grid = WindowGrid(window, stride, unit)
        ((_, outcome),) = self.embed_windows_each([path], grid, keep)
        if isinstance(outcome, VideoError):
            raise outcome
        if os.fspath(path) in self.short_videos:
            warnings.warn(said_of_short(1, 1, self.frames_of_a_clip), stacklevel=2)
        return outcome

    def embed_windows_each(
        self,
        paths: Sequence[Path],
        grid: WindowGrid,
        keep: str = 'vector',
        progress: Optional[Callable[[WindowViews], Any]] = None,
    ) -> Iterator[Tuple[int, Union[WindowFeatures, VideoError]]]:
        """Features of the windows of videos; broken videos do not stop the iteration.

        Args:
            paths (Sequence): Paths or URIs of videos; each is read by one decoding process.
            grid (WindowGrid): The windows.
            keep (str): See :meth:`embed_windows`.
            progress (Callable, optional): Called with the views of windows that are embedded.

        Yields:
            tuple[int, WindowFeatures | VideoError]: Position of a video and its features or its
            error, in the order in which videos are finished.

        Raises:
            ValueError: If an argument is impossible, or a feature is not finite.
            WorkerDied: If a decoding process dies; the message names the videos being read.
        """
        check_windows(grid, keep, self.protocol)
        at_once = max(1, self._encoder.batch_views // self.protocol.num_views)
        names = [os.fspath(path) for path in paths]
        stream = WindowStream(names, self._pipeline, grid, self.frames_of_a_clip, at_once)
        run = self._encoder.vectors if keep == 'vector' else self._encoder.maps

        def embed(views: WindowViews) -> np.ndarray:
            self._check_views(views.inputs[0], views.metainfo)
            features = run(views.inputs, views.metainfo['filename'])
            if progress is not None:
                progress(views)
            return features

        yield from gather_windows(stream, self.num_workers, embed)

    def _embed_views(self, inputs: Tensor, metainfo: dict) -> np.ndarray:
        self._check_views(inputs, metainfo)
        return self._encoder.vectors(inputs[None], metainfo['filename'])[0]

    def _check_views(self, inputs: Tensor, metainfo: dict) -> None:
        self.protocol.check(inputs.shape, metainfo)
        if is_short(metainfo):
            self.short_videos[metainfo['filename']] = int(metainfo['total_frames'])

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
