"""Labels for the heads, read from the samples of a batch."""

from collections.abc import Mapping
from copy import copy
from typing import Dict, Iterator, Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor

_SAMPLER = (
    'set train_dataloader.dataset.type to ClipPairDataset and its clip_sampler to one that gives '
    'this label'
)
# Labels that do not come from a sampler, and how to get them into a batch.
_SOURCES = dict(
    audio='put ClipAudio into the pipeline of the training dataset, and '
    "'audio' among the meta_keys of its PackActionInputs",
    motion='put ClipMotion into the pipeline of the training dataset, behind ClipFlip, and '
    "'motion' among the meta_keys of its PackActionInputs",
    statistics='put ClipStatistics into the pipeline of the training dataset, behind ClipFlip',
    other_stream="put ClipFlow(other='flow') into the pipeline of the training dataset, behind "
    'ClipFlip',
    tubelets='put ClipTubelets into the pipeline of the training dataset, behind ClipFlip',
    text='put ClipText first into the pipeline of the training dataset, '
    "and 'text' among the meta_keys of its PackActionInputs",
    rotations='put ClipRotation into the pipeline of the training dataset, behind the crop',
    averaged="set model.momentum_encoder=dict(type='ExponentialMovingAverage', momentum=0.004)",
)


class ClipTargets(Mapping):
    """Labels of N videos with V clips each, by name, as written by the clip sampler.

    Labels are int64 unless stated otherwise. Their shape is (N,) for labels of videos or (N, V)
    for labels of clips. They are on the CPU, so that checks need no device synchronisation.
    ``sample_idx`` always exists; the others depend on ``dataset.clip_sampler`` and the pipeline:

    - ``sample_idx`` (N,): identity of the video, equal on all ranks.
    - ``relative_id``, ``swapped_id`` (N,): ids of ρ(p, q) and ρ(q, p).
    - ``shift`` (N,): Δ = s_q − s_p in source frames.
    - ``order`` (N,): 0 p before q, 1 p after q, 2 overlapping.
    - ``speeds`` (N, V): source frames per step; 0 if steps differ.
    - ``directions`` (N, V): +1 or −1.
    - ``draws`` (N, V): number of the clip's temporal draw within its video, 0 … V−1.
    - ``permutation`` (N,): number of the order of the shuffled clips.
    - ``frames`` (N, V, C, T, H, W), float: all frames of the clips, normalised, on the device.
    - ``in_order`` (N,): 1 for three frames in order, else 0.
    - ``operation`` (N,): what fills the blank of a cloze.
    - ``odd`` (N,): position of the clip whose frames are out of order.
    - ``out_of_place``, ``skips`` (N, V, T): see :class:`FrameTasksSampler`.
    - ``playback`` (N, V): class of the playback transformation.
    - ``rotations`` (N, V): quarter turns of the clip, see :class:`ClipRotation`.
    - ``statistics`` (N, V, 27): see :class:`ClipStatistics`.
    - ``audio`` (N, V, F, S), float32: log-mel spectrograms, see :class:`ClipAudio`.
    - ``tubelets`` (N, V): the motion of what is pasted, see :class:`ClipTubelets`.
    - ``motion`` (N, V, parts, 14), float32: motion statistics, see :class:`ClipMotion`.
    - ``other_stream`` (N, V, 3, T, H, W), uint8: see :class:`ClipFlow`.
    - ``text`` (N, V, k, L): ids of the words of k sentences per clip, see :class:`ClipText`.
    - ``averaged`` (N, V, D'), float, on the device: projections by the momentum encoder, see
      :attr:`TaskHead.projection`.

    Args:
        data_samples (Sequence[ActionDataSample]): Samples of one batch.

    Raises:
        KeyError: If a requested label is missing; the message names the remedy.
    """

    def __init__(self, data_samples: Sequence[ActionDataSample]):
        self._metainfos = [sample.metainfo for sample in data_samples]
        self._read: Dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._read:
            lacking = [info for info in self._metainfos if name not in info]
            if lacking:
                raise KeyError(
                    f'a head asks for the label {name!r}, but the samples have '
                    f'{sorted(lacking[0])} only: {_SOURCES.get(name, _SAMPLER)}, or set that head '
                    'to None'
                )
            labels = [info[name] for info in self._metainfos]
            self._read[name] = torch.from_numpy(np.array(labels))
        return self._read[name]

    def extended(self, **computed: Tensor) -> 'ClipTargets':
        """These labels and those that the model computes.

        Args:
            **computed: Labels of videos or of clips, by name.
        """
        other = copy(self)
        other._read = {**self._read, **computed}
        return other

    def of_clips(self, clips: Sequence[int]) -> 'Mapping[str, Tensor]':
        """Labels of some clips of every video, and of the videos, read on request.

        Args:
            clips: Positions of the clips within a video.
        """
        return _SomeClips(self, list(clips))

    def __iter__(self) -> Iterator[str]:
        return iter(self._metainfos[0])

    def __len__(self) -> int:
        return len(self._metainfos[0])


class _SomeClips(Mapping):
    def __init__(self, targets: ClipTargets, clips: Sequence[int]):
        self._targets, self._clips = targets, clips

    def __getitem__(self, name: str) -> Tensor:
        labels = self._targets[name]
        return labels if labels.ndim == 1 else labels[:, self._clips]

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)


def collect_targets(data_samples: Sequence[ActionDataSample]) -> ClipTargets:
    """Labels that :class:`ClipPairDataset` stored in the metainfo of its samples.

    Args:
        data_samples: Data samples of the batch, N.

    Raises:
        ValueError: If the data preprocessor did not apply the colour jitter.
    """
    if any('color_map' in sample.metainfo for sample in data_samples):
        raise ValueError(
            'ClipColorJitter(on_device=True) left the colours to the data preprocessor, which did '
            "not jitter them: set model.data_preprocessor.type='ClipPairDataPreprocessor', or "
            'on_device=False'
        )
    return ClipTargets(data_samples)
