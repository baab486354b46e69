"""Finds the classes of a model's tasks that its sampler can draw, and the video lengths needed."""

from bisect import bisect_left
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Callable, Dict, List, Mapping, Optional, Set, Tuple

import torch
from torch import nn

from ..datasets.video_lengths import VideoLengths
from ..models.heads import ClassificationHead
from ..temporal import ClipSampler

LONGEST = 1 << 24  # frames of a video from which all is drawn that a sampler draws at all
_LEAST_CLIP = 4  # frames of the shortest clips that are suggested
_MOST_SUGGESTED = 4
_USUAL_SPEEDS = (1, 2, 4, 8)
_SUGGESTED_SHARE = 0.9  # of the videos, that a suggestion fits


@dataclass(frozen=True)
class DrawnClass:
    """A class of a task, or a speed that no head classifies.

    Args:
        task (str): Name of the head; ``'speed'`` if no head classifies speeds.
        name (str): Name of the class.
        frames (int, optional): Length of the shortest video from which it can be drawn; None if
            there is none.
        told (bool): Whether a head classifies it.
    """

    task: str
    name: str
    frames: Optional[int]
    told: bool


def drawn_classes(heads: Mapping[str, nn.Module], sampler: ClipSampler) -> List[DrawnClass]:
    """The classes of all heads that classify a label of the sampler, and its speeds.

    Args:
        heads (Mapping[str, nn.Module]): Heads of the recognizer, by name.
        sampler (ClipSampler): Sampler of the training clips.

    Raises:
        ValueError: If a head does not support the labels of the sampler.
    """
    found = []
    for task, head in _classifiers(heads, sampler).items():
        possible = lru_cache(None)(partial(_possible_classes, head, sampler))
        for number, name in enumerate(head.class_names):
            frames = _least_frames(number, possible)
            found.append(DrawnClass(task, name, frames, told=True))
    if not any(head.label_name == 'speeds' for head in _classifiers(heads, sampler).values()):
        for speed in sorted(_speeds(sampler, LONGEST)):
            frames = _least_frames(speed, partial(_speeds, sampler))
            found.append(DrawnClass('speed', str(speed), frames, told=False))
    return found


def _classifiers(
    heads: Mapping[str, nn.Module], sampler: ClipSampler
) -> Dict[str, ClassificationHead]:
    """The heads whose classes depend on a single label of the sampler."""
    labels = sampler.possible_labels(LONGEST)
    return {
        name: head
        for name, head in heads.items()
        if isinstance(head, ClassificationHead) and head.label_name in labels
    }


def _possible_classes(head: ClassificationHead, sampler: ClipSampler, frames: int) -> Set[int]:
    if head.label_name is None:
        raise ValueError(f'the classes of {type(head).__name__} depend on more than one label')
    values = sorted(sampler.possible_labels(frames)[head.label_name])
    labels = head.labels({head.label_name: torch.tensor(values, dtype=torch.int64)})
    return set(labels.tolist())


def _speeds(sampler: ClipSampler, frames: int) -> Set[int]:
    """Speeds that can be drawn; 0 means clips without a speed."""
    return sampler.possible_labels(frames).get('speeds', set()) - {0}


def _least_frames(value: int, possible: Callable[[int], Set[int]]) -> Optional[int]:
    """The shortest length for which a value is possible; None if it never is."""

    def holds(frames: int) -> bool:
        return value in possible(frames)

    return bisect_left(range(LONGEST), True, key=holds) if holds(LONGEST) else None


def table(classes: List[DrawnClass], sampler: ClipSampler, lengths: VideoLengths) -> str:
    """A table of drawable classes: a line per class, except for tasks that fit all videos."""
    varied = {c.task for c in classes if c.frames is not None and c.frames > sampler.min_frames}
    shown = [c for c in classes if c.task in varied or c.task == 'speed']
    lines = [f'clips of {lengths}', f'{"":<24}{"frames needed":>14}{"videos that have them":>23}']
    for each in shown:
        needed = 'never drawn' if each.frames is None else each.frames
        share = '' if each.frames is None else f'{lengths.share(each.frames):.1%}'
        lines.append(f'{each.task + " " + each.name:<24}{needed:>14}{share:>23}')
    return '\n'.join(lines)


def fitting_clips(
    heads: Mapping[str, nn.Module], sampler: ClipSampler, lengths: VideoLengths
) -> str:
    """A sentence with settings that fit all classes to nine tenths of the videos."""
    frames = int(lengths.frames[int((1 - _SUGGESTED_SHARE) * len(lengths.frames))])
    told = _classifiers(heads, sampler)
    of_speed = any(head.label_name == 'speeds' for head in told.values())
    found = []
    for speeds in _fewer_speeds(sampler, least=2 if of_speed else 1):
        for clip_len in range(sampler.clip_len, _LEAST_CLIP - 1, -1):
            other = copy(sampler)
            other.clip_len = clip_len
            if speeds:
                other.speeds = speeds
            if _draws_all(other, told, frames):
                said = f' with speeds={speeds}' if speeds else ''
                found.append(f'clip_len={clip_len}{said}')
                break
    where = f'{_SUGGESTED_SHARE:.0%} of the videos, which have {frames} frames or more'
    if not found:
        return (
            f'No clips of {_LEAST_CLIP} frames or more would fit {where}: train on longer videos, '
            'or set the head to None'
        )
    text = f'These fit {where}: {"; ".join(found[:_MOST_SUGGESTED])}. Set them in '
    text += 'train_dataloader.dataset.clip_sampler'
    speed_heads = [name for name, head in told.items() if head.label_name == 'speeds']
    return text + ''.join(f' and model.heads.{name}.speeds' for name in speed_heads)


def _fewer_speeds(sampler: ClipSampler, least: int) -> List[Tuple[int, ...]]:
    """Candidate speeds: those of a sampler and the paper, with fewer fast ones; or [()]."""
    speeds = sampler.speeds
    if not speeds:
        return [()]
    counts = range(len(speeds), least - 1, -1)
    candidates = [chosen[:count] for chosen in (speeds, _USUAL_SPEEDS) for count in counts]
    return list(dict.fromkeys(candidates))


def _draws_all(sampler: ClipSampler, told: Mapping[str, ClassificationHead], frames: int) -> bool:
    """Whether every class can be drawn, except speeds that the sampler no longer has."""
    if frames < sampler.min_frames or _speeds(sampler, frames) != _speeds(sampler, LONGEST):
        return False
    others = [head for head in told.values() if head.label_name != 'speeds']
    return all(len(_possible_classes(head, sampler, frames)) == head.num_classes for head in others)
