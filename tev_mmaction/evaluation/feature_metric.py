"""Base of the metrics on frozen features: one feature per video, and the record."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor

from .features import FeatureSet, check_features, standardise
from .protocol import FEATURE_POOLINGS, EvaluationProtocol
from .recording_metric import RecordingMetric
from .short_videos import frames_of_a_clip, is_short, said_of_short

GALLERY, QUERY = 'gallery', 'query'
# Metainfo that samples need, to be identified and checked against a protocol.
META_KEYS = ('sample_idx', 'filename', 'subset', 'num_clips', 'frame_interval')


@dataclass(frozen=True)  # mmengine turns named tuples into plain tuples
class _Video:
    """The collected values of one video."""

    sample_idx: int
    filename: str
    subset: str
    label: int
    feature: np.ndarray
    frames_of_a_clip: Optional[int] = None
    short: bool = False
    group: Optional[str] = None


class FeatureMetric(RecordingMetric):
    """Base of metrics that compare the features of query videos with those of a gallery.

    Both come from one data loader over a :class:`GalleryQueryDataset`. Features come from
    :class:`TimeEquivariantRecognizer`, or from any recognizer of MMAction2 with
    ``cls_head=dict(type='FeatureHead', average_clips=None)``. Every video has V views.

    Samples that pad the list for several processes are recognised by ``sample_idx`` and dropped,
    so results do not depend on the number of processes.

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`.
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to that of the class.

    Attributes:
        record (MetricRecord | None): After an evaluation, on the main process. Its details are
            ``short_videos``, the numbers of gallery and query videos shorter than a clip, and
            those of the class, such as ``per_class`` and ``confusion`` of :func:`class_details`.
    """

    def __init__(
        self, protocol: dict, collect_device: str = 'cpu', prefix: Optional[str] = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.protocol = EvaluationProtocol(**protocol)

    def process(self, data_batch: dict, data_samples: Sequence) -> None:
        """Check a batch against the protocol and keep one feature per video.

        Args:
            data_batch (dict): ``inputs`` and ``data_samples`` of the data loader.
            data_samples (Sequence[dict | Tensor]): Predictions of the model: dicts with
                ``clip_features`` (V, D), or tensors (V, D), (V, D, T) if the protocol keeps time.
        """
        batch = zip(data_batch['inputs'], data_batch['data_samples'], data_samples)
        for inputs, sample, output in batch:
            missing = [key for key in META_KEYS if key not in sample.metainfo]
            if missing:
                raise ValueError(
                    f'samples lack {missing}: they must come from a GalleryQueryDataset, whose '
                    'pipeline samples frames with SampleFrames'
                )
            self.protocol.check(inputs.shape, sample.metainfo)
            label = sample.gt_label
            if label.numel() != 1:
                raise ValueError(
                    f'{sample.filename}: {label.numel()} labels, one is expected of every video'
                )
            feature = self._pool(output, sample.filename)
            self.results.append(
                _Video(
                    sample.sample_idx,
                    sample.filename,
                    sample.subset,
                    int(label),
                    feature,
                    frames_of_a_clip(sample.metainfo),
                    is_short(sample.metainfo),
                    sample.metainfo.get('group'),
                )
            )

    def _pool(self, output: Any, filename: str) -> np.ndarray:
        """Pool the features of the views of a video."""
        if isinstance(output, dict):
            output = output.get('clip_features')
        views = self.protocol.num_views
        rank = FEATURE_POOLINGS[self.protocol.feature_pooling]
        if not isinstance(output, Tensor) or output.ndim != rank or len(output) != views:
            what = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            form = ', '.join([str(views), 'D', 'T'][:rank])
            raise ValueError(
                f'{filename}: expected features ({form}) of {views} views with feature_pooling='
                f'{self.protocol.feature_pooling!r}, got {what}. Use TimeEquivariantRecognizer, or '
                "a recognizer of MMAction2 with cls_head=dict(type='FeatureHead', "
                'average_clips=None), and temporal_type=None where time is kept'
            )
        features = output.detach().float().cpu().flatten(1)
        if self.protocol.view_pooling == 'mean_of_unit':
            features = F.normalize(features, dim=1)
        return features.mean(dim=0).numpy()

    def measure(self, results: List[_Video]) -> Dict[str, dict]:
        """Check, standardise and compute."""
        meta = self.dataset_meta or {}
        classes = meta.get('classes')
        videos = self.one_a_video(results, 'features')
        gallery, queries = self._split(videos)
        check_features(gallery, queries, len(classes) if classes else None)
        protocol = replace(self.protocol, classes=tuple(classes or ()))
        lists = {subset: meta.get(f'{subset}_list') for subset in (GALLERY, QUERY)}
        gallery, queries, num_constant = standardise(
            gallery, queries, self.protocol.standardisation
        )
        dimensions = gallery.features.shape[1]
        if num_constant:
            self.warn(f'{num_constant} of {dimensions} feature dimensions are constant')
        self.keep(short_videos=self._count_short(videos))
        self._warn_of_unseen_classes(gallery.labels, queries.labels, classes)
        figures = self.compute(gallery, queries)
        print_log(
            f'{type(self).__name__} under protocol: {protocol}; {len(gallery)} gallery videos of '
            f'{lists[GALLERY]}, {len(queries)} query videos of {lists[QUERY]}',
            logger='current',
        )
        return dict(
            protocol=protocol.to_dict(),
            lists=lists,
            counts=dict(
                gallery=len(gallery),
                queries=len(queries),
                classes=len(np.union1d(gallery.labels, queries.labels)),
                dimensions=dimensions,
                constant_dimensions=num_constant,
                **({} if gallery.groups is None else dict(groups=len(np.unique(gallery.groups)))),
            ),
            results=figures,
            chance=self.chance(gallery.labels, queries.labels),
        )

    @abstractmethod
    def compute(self, gallery: FeatureSet, queries: FeatureSet) -> Dict[str, float]:
        """Compute figures from checked and standardised features.

        Args:
            gallery: Features and labels of the gallery.
            queries: Features and labels of the queries.
        """

    @abstractmethod
    def chance(self, known: np.ndarray, asked: np.ndarray) -> Dict[str, float]:
        """Chance levels, for the figures that have one.

        Args:
            known (np.ndarray): Labels of the gallery (G,).
            asked (np.ndarray): Labels of the queries (Q,).
        """

    def _warn_of_unseen_classes(
        self, known: np.ndarray, asked: np.ndarray, classes: Optional[Sequence[str]]
    ) -> None:
        unseen = np.setdiff1d(asked, known)
        if len(unseen):
            listing = [str(classes[label] if classes else label) for label in unseen]
            self.warn(
                f'{len(unseen)} query classes have no gallery video, their queries '
                f'({np.isin(asked, unseen).mean():.1%} of all) count as wrong: '
                + ', '.join(listing)
            )

    def _count_short(self, videos: List[_Video]) -> Dict[str, int]:
        """Numbers of videos in both lists that are shorter than a clip."""
        short = {subset: 0 for subset in (GALLERY, QUERY)}
        for video in videos:
            short[video.subset] += video.short
        number = sum(short.values())
        if number:
            needed = max(video.frames_of_a_clip or 0 for video in videos if video.short)
            self.warn(
                f'{said_of_short(number, len(videos), needed)} ({short[GALLERY]} of the gallery, '
                f'{short[QUERY]} queries)'
            )
        return short

    def _split(self, videos: List[_Video]) -> List[FeatureSet]:
        """Gallery and queries; their counts are compared with those of the lists."""
        meta, parts = self.dataset_meta or {}, []
        for subset in (GALLERY, QUERY):
            chosen = [video for video in videos if video.subset == subset]
            expected = meta.get(f'num_{subset}', len(chosen))
            if len(chosen) != expected:
                raise RuntimeError(
                    f'features of {len(chosen)} {subset} videos were collected, the list has '
                    f'{expected}'
                )
            features = [video.feature for video in chosen]
            groups = [video.group for video in chosen]
            parts.append(
                FeatureSet(
                    np.stack(features) if features else np.empty((0, 0), np.float32),
                    np.array([video.label for video in chosen], np.int64),
                    [video.filename for video in chosen],
                    None if None in groups else np.array(groups),
                )
            )
        return parts
