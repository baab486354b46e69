"""What the heads learn to tell, read from the samples of a batch."""

from collections.abc import Mapping
from typing import Dict, Iterator, Sequence

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from torch import Tensor

_SAMPLER = (
    'set train_dataloader.dataset.type to ClipPairDataset and its clip_sampler to one that gives '
    'this label'
)
# Labels that are not of a sampler, and how they get into a batch.
_SOURCES = dict(
    motion='put ClipMotion into the pipeline of the training dataset, behind ClipFlip, and '
    "'motion' among the meta_keys of its PackActionInputs"
)


class ClipTargets(Mapping):
    """Labels of N videos with V clips each, by name, as the sampler of clips wrote them.

    They are int64 unless another type is named, of shape (N,) for what belongs to a video or (N, V)
    for what belongs to its clips, and on the CPU, so that checks cost no device synchronisation.
    ``sample_idx`` is there always, the others depend on ``dataset.clip_sampler`` and the pipeline:

    - ``sample_idx`` (N,): identity of the video, equal on all ranks.
    - ``relative_id``, ``swapped_id`` (N,): ids of ρ(p, q) and ρ(q, p).
    - ``order`` (N,): 0 p before q, 1 p after q, 2 overlapping.
    - ``speeds`` (N, V): source frames a step; 0 where steps differ.
    - ``directions`` (N, V): +1 or −1.
    - ``draws`` (N, V): number of the temporal draw that a clip shows, 0 … V−1, within its video.
    - ``permutation`` (N,): number of the order that the clips are shuffled to.
    - ``playback`` (N, V): class of the playback transformation.
    - ``motion`` (N, V, parts, 14), float32: motion statistics, of :class:`ClipMotion`.

    Args:
        data_samples (Sequence[ActionDataSample]): Of one batch.

    Raises:
        KeyError: When asked for a label that the samples lack; the message names the remedy.
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

    def of_clips(self, clips: Sequence[int]) -> 'Mapping[str, Tensor]':
        """Labels of some clips of every video, and those of videos, each read when asked for.

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
    """Labels that :class:`ClipPairDataset` left in the metainfo of its samples.

    Args:
        data_samples: Data samples of the batch, N.

    Raises:
        ValueError: If the data preprocessor left colour jitter undone.
    """
    if any('color_map' in sample.metainfo for sample in data_samples):
        raise ValueError(
            'ClipColorJitter(on_device=True) left the colours to the data preprocessor, which did '
            "not jitter them: set model.data_preprocessor.type='ClipPairDataPreprocessor', or "
            'on_device=False'
        )
    return ClipTargets(data_samples)
