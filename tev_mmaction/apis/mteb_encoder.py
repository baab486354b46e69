"""A :class:`VideoEmbedder` as a model of MTEB, whose video benchmarks are named MVEB.

The methods are those of ``mteb.models.EncoderProtocol``. The package ``mteb`` itself is imported
where its harness asks for the metadata of the model.
"""

import os
import warnings
from copy import copy
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any, Dict, List, Mapping, Optional

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from ..datasets.readers import VideoError
from ..evaluation.short_videos import said_of_short
from ..weights import SCHEME
from ..weights.hub import SCHEME as HUB_SCHEME
from ..weights.hub import HubAddress
from .embedder import VideoEmbedder

# What of a protocol changes features: results of other views are results of another experiment.
_VIEWS = ('clip_len', 'frame_interval', 'num_clips', 'crops', 'size', 'view_pooling')


class MTEBEncoder:
    """The features of an embedder, for the tasks of MTEB that ask for nothing but videos.

    Videos are decoded by this package, not by the decoder of the data set. The features are those
    of :meth:`VideoEmbedder.embed`: they are not standardised.

    Args:
        embedder (VideoEmbedder): Weights and protocol.
        name (str, optional): ``ORGANISATION/MODEL``, under which MTEB keeps results. Defaults to
            None: ``tev_mmaction/`` and the name of the weights, or the repository of a hub.

    Raises:
        ValueError: If ``name`` has no organisation.

    Example:
        >>> encoder = MTEBEncoder(VideoEmbedder('r3d10-motion'))  # doctest: +SKIP
        >>> mteb.evaluate(encoder, mteb.get_benchmark('MVEB(video, v1)'))  # doctest: +SKIP
    """

    def __init__(self, embedder: VideoEmbedder, name: Optional[str] = None):
        if name is not None and '/' not in name:
            raise ValueError(f'name={name!r}: MTEB needs ORGANISATION/MODEL')
        self.embedder = embedder
        self.name = name or _name_of(embedder.checkpoint)

    def encode(
        self,
        inputs: DataLoader,
        *,
        task_metadata: Any,
        hf_split: str = '',
        hf_subset: str = '',
        prompt_type: Any = None,
        show_progress_bar: bool = True,
        **kwargs: Any,
    ) -> np.ndarray:
        """Features of the videos of a data loader. A warning counts those shorter than a clip.

        Args:
            inputs (DataLoader): Of a data set with the column ``video``: files of ``datasets``,
                decoded or not; or paths, URLs, or dicts of ``path`` and ``bytes``. Its collate
                function is not called.
            task_metadata: Its ``name`` is for messages.
            hf_split (str): For messages.
            hf_subset (str): Not used.
            prompt_type: Not used: queries and documents are encoded alike.
            show_progress_bar (bool): Defaults to True.
            **kwargs: Further arguments of the harness, not used.

        Returns:
            np.ndarray: Shape (N, D), float32.

        Raises:
            ValueError: If the data set has no videos, or no files of them.
            VideoError: If a video is broken; names task, split and row.
        """
        place = f'{task_metadata.name} {hf_split}'.strip()
        rows = _rows_of(inputs.dataset, place)
        at_once = inputs.batch_size or 1
        features: List[np.ndarray] = []
        num_short = 0
        with (
            TemporaryDirectory(prefix='tev_mteb_') as folder,
            tqdm(total=len(rows), desc=place, disable=not show_progress_bar) as progress,
        ):
            for start in range(0, len(rows), at_once):
                numbers = range(start, min(start + at_once, len(rows)))
                paths = [
                    _path_of(rows[n], Path(folder, str(n)), f'{place}, row {n}') for n in numbers
                ]
                for outcome, number in zip(self.embedder.embed_each(paths), numbers):
                    if isinstance(outcome, VideoError):
                        raise VideoError(f'{place}, row {number}', outcome.reason)
                    features.append(outcome)
                    progress.update()
                num_short += len(self.embedder.short_videos.keys() & set(paths))
                for path in Path(folder).iterdir():
                    path.unlink()
                    self.embedder.short_videos.pop(str(path), None)
        if num_short:
            said = said_of_short(num_short, len(rows), self.embedder.frames_of_a_clip)
            warnings.warn(f'{place}: {said}', stacklevel=2)
        return np.stack(features)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Cosine similarities.

        Args:
            embeddings1 (np.ndarray | Tensor): Shape (N, D), or (D,).
            embeddings2 (np.ndarray | Tensor): Shape (M, D), or (D,).

        Returns:
            Tensor: Shape (N, M), float32.
        """
        return _unit(embeddings1) @ _unit(embeddings2).T

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Cosine similarities of pairs.

        Args:
            embeddings1 (np.ndarray | Tensor): Shape (N, D).
            embeddings2 (np.ndarray | Tensor): Shape (N, D).

        Returns:
            Tensor: Shape (N,), float32.
        """
        return (_unit(embeddings1) * _unit(embeddings2)).sum(dim=1)

    @property
    def mteb_model_meta(self) -> Any:
        """mteb.models.ModelMeta: What MTEB stores beside results.

        The revision is the fingerprint of the weights. What is not known of weights that do not
        come with the package, as their licence and their training data, is None: see its
        ``model_copy``.

        Raises:
            ImportError: If ``mteb`` is not installed.
        """
        try:
            from mteb.models import ModelMeta
            from mteb.models.model_meta import ScoringFunction
        except ImportError as error:
            raise ImportError(
                'mteb cannot be imported; run `pip install "tev_mmaction[mteb]"`'
            ) from error
        embedder = self.embedder
        parameters = list(embedder.backbone.parameters())
        views = embedder.protocol.to_dict()
        known: Dict[str, Any] = {}
        if embedder.checkpoint.startswith(SCHEME):  # generated clips are all that they have seen
            known = dict(license='apache-2.0', open_weights=True, training_datasets=set())
        return ModelMeta.create_empty(
            dict(
                name=self.name,
                revision=embedder.fingerprint,
                n_parameters=sum(each.numel() for each in parameters),
                memory_usage_mb=sum(each.nbytes for each in parameters) / 2**20,
                framework=['PyTorch'],
                similarity_fn_name=ScoringFunction.COSINE,
                use_instructions=False,
                modalities=['video'],
                experiment_kwargs={key: views[key] for key in _VIEWS},
                **known,
            )
        )


def _name_of(checkpoint: str) -> str:
    """A name for MTEB of weights."""
    if checkpoint.startswith(HUB_SCHEME):
        return HubAddress.parse(checkpoint).repo
    return f'tev_mmaction/{PurePath(checkpoint).stem}'


def _rows_of(dataset: Any, place: str) -> Any:
    """A data set whose videos are files.

    Args:
        dataset (Sequence[dict] | datasets.Dataset): The data set of a loader.
        place (str): For messages.

    Raises:
        ValueError: If it is empty, or has no videos.
    """
    if len(dataset) == 0:
        raise ValueError(f'{place} has no rows')
    columns = getattr(dataset, 'column_names', None) or list(dataset[0])
    if 'video' not in columns:
        raise ValueError(
            f'{place} has no column video, only {", ".join(columns)}: these features are of videos '
            'alone; the tasks of the benchmark MVEB(video, v1) ask for nothing else'
        )
    if hasattr(dataset, 'cast_column') and hasattr(dataset.features['video'], 'decode'):
        undecoded = copy(dataset.features['video'])
        undecoded.decode = False
        return dataset.cast_column('video', undecoded).select_columns('video')
    return dataset


def _path_of(row: Mapping[str, Any], spare: Path, place: str) -> str:
    """The file or URL of a row's video, written to a spare path if it is in memory.

    Raises:
        ValueError: If the video is no file.
    """
    video = row['video']
    if isinstance(video, (str, os.PathLike)):
        return os.fspath(video)
    content = video.get('bytes') if isinstance(video, Mapping) else None
    if content is not None:
        spare.write_bytes(content)
        return str(spare)
    if isinstance(video, Mapping) and video.get('path'):
        return video['path']
    raise ValueError(
        f'{place}: a path, a URL, or a dict of path and bytes is expected, not {type(video)}: '
        'features are of frames that this package decodes'
    )


def _unit(embeddings: Any) -> Tensor:
    """Rows of length 1."""
    rows = torch.atleast_2d(torch.as_tensor(embeddings).float())
    return torch.nn.functional.normalize(rows)
