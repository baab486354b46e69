"""What a sampler of clips hands over is checked before a frame is read."""

import numpy as np

from tev_mmaction.temporal import ClipSampler, LabelledClips

# Metainfo that the dataset itself writes.
RESERVED = ('sample_idx', 'filename', 'clips', 'skipped')


def wanted_frames(sampler: ClipSampler, drawn: LabelledClips, num_frames: int) -> np.ndarray:
    """Frames of all clips, one clip after the other.

    A fault of a sampler would else look like one of the video, which training replaces.

    Args:
        sampler (ClipSampler): What drew the clips.
        drawn (LabelledClips): The clips of a video, and their labels.
        num_frames (int): Length of the video.

    Returns:
        np.ndarray: Shape (V*T,), int64.

    Raises:
        ValueError: If a clip has not T frames, shows a frame that the video does not have, or if a
            label is no int, no tuple of V ints, or bears a name that the dataset uses.
    """
    name, clips = type(sampler).__name__, drawn.clips
    frames = [clip.frame_indices() for clip in clips]
    lengths = sorted({len(indices) for indices in frames})
    if lengths != [sampler.clip_len]:
        raise ValueError(
            f'{name} drew clips of {lengths} frames: all of them must have clip_len='
            f'{sampler.clip_len}'
        )
    wanted = np.concatenate(frames)
    if wanted.min() < 0 or wanted.max() >= num_frames:
        raise ValueError(
            f'{name} drew frames {wanted.min()} to {wanted.max()} of a video of {num_frames} '
            f'frames: its place() must stay within them, or its min_frames and '
            'required_frames() ask for more'
        )
    for label, value in drawn.labels.items():
        if label in RESERVED:
            raise ValueError(f'{name} has a label {label!r}, a name that ClipPairDataset uses')
        values = value if isinstance(value, tuple) else (value,)
        whole = all(isinstance(each, (int, np.integer)) for each in values)
        if not whole or len(values) not in (1, len(clips)):
            raise ValueError(
                f'{name} has the label {label}={value!r}: give an int, or a tuple of '
                f'{len(clips)} ints, one a clip'
            )
    return wanted
