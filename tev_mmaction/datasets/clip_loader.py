"""Loads the clips of one video: places, checks and reads them in one pass, runs the pipeline."""

from hashlib import blake2b
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import numpy as np

from tev_mmaction.temporal import ClipSampler, LabelledClips

from .group_videos import Video
from .lazy_frames import LazyFrames
from .picture_store import PictureStore
from .randomness import seeded
from .readers import VideoError, open_video
from .seeds import Seeds

# Metainfo written by the dataset itself.
RESERVED = ('sample_idx', 'filename', 'clips', 'skipped')


class ClipLoader:
    """Makes samples from videos.

    Args:
        sampler (ClipSampler): Draws the clips.
        pipeline (Callable[[dict], dict]): See :class:`ClipPairDataset`.
        decoder (str): See :func:`resolve_decoder`.
        backend_args (dict, optional): Arguments of mmengine's file backend.
        pictures (PictureStore, optional): Where the pictures of the videos lie. Defaults to None.
    """

    def __init__(
        self,
        sampler: ClipSampler,
        pipeline: Callable[[dict], dict],
        decoder: str,
        backend_args: Optional[dict],
        pictures: Optional[PictureStore] = None,
    ):
        self.sampler = sampler
        self.pipeline = pipeline
        self.decoder = decoder
        self.backend_args = backend_args
        self.pictures = pictures

    def load(self, video: Video, shared: Any, seeds: Seeds) -> dict:
        """Draw the clips of a video and run the pipeline, which decodes all of them in one pass.

        Args:
            video (Video): A video of a group.
            shared (Any): The value that the videos of the group share.
            seeds (Seeds): Seeds of the draws of this video.

        Raises:
            VideoError: If the video cannot be read, or its length differs from the index.
            ValueError: If the sampler drew impossible clips, or the pipeline loses drawn colours.
        """
        filename = video.info['filename']
        placed = self.sampler.place(shared, video.num_frames, np.random.default_rng(seeds.video))
        pictures = self.pictures.find(video.info['path'], filename) if self.pictures else None
        reader = video.reader or open_video(filename, self.decoder, self.backend_args, pictures)
        if not reader.may_have(video.num_frames):
            raise VideoError(
                filename,
                f'has {len(reader)} frames, but the video index says '
                f'{video.num_frames}; make the index anew',
            )
        wanted = wanted_frames(self.sampler, placed, video.num_frames)
        frames = LazyFrames(reader, wanted)
        labels = dict(placed.labels)  # transforms may add to them
        results = dict(
            video.info,
            imgs=frames,
            frame_inds=wanted,
            num_clips=len(placed.clips),
            clip_len=self.sampler.clip_len,
            total_frames=video.num_frames,
            avg_fps=reader.fps,  # MMAction2's name
            original_shape=frames.frame_shape,
            img_shape=frames.frame_shape,
            group_rng=np.random.default_rng([seeds.group, 1]),
            partner_seed=seeds.partner,
            backend_args=self.backend_args,
            clip_labels=labels,
        )
        with seeded(seeds.video):
            sample = self.pipeline(results)
        if 'color_map' in results and 'color_map' not in sample['data_samples'].metainfo:
            raise ValueError(
                'ClipColorJitter(on_device=True) leaves the colours to the model, but what it drew '
                "is lost on the way: set PackActionInputs(meta_keys=('color_map',)) in the pipeline"
            )
        if 'spatial_draws' in results:
            labels.update(spatial_ids(labels, results['spatial_draws']))
        sample['data_samples'].set_metainfo(
            dict(
                labels,
                sample_idx=video.info['sample_idx'],
                filename=filename,
                clips=tuple(placed.clips),
                skipped=tuple(video.skipped),
            )
        )
        return sample


def wanted_frames(sampler: ClipSampler, drawn: LabelledClips, num_frames: int) -> np.ndarray:
    """Frames of all clips, one clip after the other.

    The checks identify a faulty sampler. Otherwise, the video would seem faulty and be replaced.

    Args:
        sampler (ClipSampler): The sampler of the clips.
        drawn (LabelledClips): The clips of a video, and their labels.
        num_frames (int): Length of the video.

    Returns:
        np.ndarray: Shape (V*T,), int64.

    Raises:
        ValueError: If a clip does not have T frames or has a frame outside the video, or if a
            label is neither an int nor a tuple of V ints or of V tuples of T ints, or has a name
            that the dataset uses.
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
            f'frames: its place() must stay within the video, or its min_frames and '
            'required_frames() must be larger'
        )
    for label, value in drawn.labels.items():
        if label in RESERVED:
            raise ValueError(f'{name} has a label {label!r}, a name that ClipPairDataset uses')
        values = value if isinstance(value, tuple) else (value,)
        per_frame = [each for each in values if isinstance(each, tuple)]
        numbers = [n for row in per_frame for n in row] if per_frame else values
        whole = all(isinstance(each, (int, np.integer)) for each in numbers)
        fits = len(values) in ((len(clips),) if per_frame else (1, len(clips)))
        if per_frame:
            fits = fits and {len(row) for row in per_frame} == {sampler.clip_len}
            fits = fits and len(per_frame) == len(values)
        if not (whole and fits):
            raise ValueError(
                f'{name} has the label {label}={value!r}: give an int, or a tuple of '
                f'{len(clips)} ints, one per clip, or of tuples of {sampler.clip_len} ints, one '
                'per frame'
            )
    return wanted


def spatial_ids(labels: Mapping[str, object], draws: Sequence[Sequence[int]]) -> Dict[str, int]:
    """Ids of the relative transformations (p, q) and (q, p), including spatial draws.

    For spatial equivariance (Sec. 4.1, rows b and c of Table 1), videos of a group share the crop
    and flip of clip p, and the crop and flip of clip q. Two pairs then have the same relative
    transformation iff their spatial draws and the temporal part, if there is one, are equal.

    Args:
        labels (Mapping): May have ``relative_id`` and ``swapped_id`` of the temporal part; without
            them, the ids depend only on the spatial part.
        draws (Sequence[Sequence[int]]): The spatial draws for p and for q.

    Returns:
        dict[str, int]: ``relative_id`` and ``swapped_id``, int64: a hash of the parts, which have
        more than 64 bits. Among a million different ids, the probability of a collision is 3e-8.

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
