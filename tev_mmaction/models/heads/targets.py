"""What the heads learn to tell, read from the samples of a batch."""

from typing import NamedTuple, Sequence

import torch
from mmaction.structures import ActionDataSample
from torch import Tensor


class PairTargets(NamedTuple):
    """Labels of N clip pairs, int64, on the CPU (so that checks cost no device synchronisation).

    Args:
        video (Tensor): Shape (N,); identity of the video, equal on all ranks.
        relative (Tensor): Shape (N,); id of ρ(p, q).
        swapped (Tensor): Shape (N,); id of ρ(q, p).
        speed (Tensor): Shape (N, 2); source frames a step, of p and of q.
        direction (Tensor): Shape (N, 2); +1 or −1.
        order (Tensor): Shape (N,); 0 p before q, 1 p after q, 2 overlapping.
    """

    video: Tensor
    relative: Tensor
    swapped: Tensor
    speed: Tensor
    direction: Tensor
    order: Tensor


_METAINFO_KEYS = PairTargets(
    'sample_idx', 'relative_id', 'swapped_id', 'speeds', 'directions', 'order'
)


def collect_targets(data_samples: Sequence[ActionDataSample]) -> PairTargets:
    """Read the labels that :class:`ClipPairDataset` left in the metainfo of its samples.

    Raises:
        KeyError: If the samples come from another dataset.
        ValueError: If the data preprocessor left colour jitter undone.
    """
    missing = set(_METAINFO_KEYS) - set(data_samples[0].metainfo)
    if missing:
        raise KeyError(
            f'the samples lack {sorted(missing)}: TimeEquivariantRecognizer trains on '
            'clip pairs, set train_dataloader.dataset.type to ClipPairDataset'
        )
    if any('color_map' in sample.metainfo for sample in data_samples):
        raise ValueError(
            'ClipColorJitter(on_device=True) left the colours to the data preprocessor, which did '
            "not jitter them: set model.data_preprocessor.type='ClipPairDataPreprocessor', or "
            'on_device=False'
        )
    return PairTargets(
        *(torch.tensor([sample.metainfo[key] for sample in data_samples]) for key in _METAINFO_KEYS)
    )
