"""Relative transformations that are spatial as well: what the two clips share with a group."""

from hashlib import blake2b
from typing import Dict, Mapping, Sequence

Draws = Sequence[Sequence[int]]


def spatial_ids(labels: Mapping[str, object], draws: Draws) -> Dict[str, int]:
    """Ids of the relative transformations (p, q) and (q, p) of which spatial draws are a part.

    For spatial equivariance (Sec. 4.1, rows b and c of Table 1), videos of a group share the crop
    and the flip of clip p, and those of clip q. Two pairs then have the same relative
    transformation iff their spatial draws are equal as well as the temporal one, if there is any.

    Args:
        labels (Mapping): May have ``relative_id`` and ``swapped_id`` of the temporal part; without,
            the spatial part is all.
        draws (Sequence[Sequence[int]]): What was drawn for p and for q.

    Returns:
        dict[str, int]: ``relative_id`` and ``swapped_id``, int64: a hash of the parts, as they are
        more than 64 bits. That two of a million different ones agree has a chance of 3e-8.

    Raises:
        ValueError: If there are not two clips.
    """
    if len(draws) != 2:
        raise ValueError(
            f'share_in_group=True relates the spatial draws of two clips, but there are '
            f'{len(draws)}: use a clip_sampler of two clips, or share_in_group=False'
        )
    ordered = dict(relative_id=draws, swapped_id=draws[::-1])
    return {name: _hash((labels.get(name), *parts)) for name, parts in ordered.items()}


def _hash(parts: tuple) -> int:
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, 'big', signed=True)
