"""Motion statistics of each clip, as a target."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from tev_mmaction.motion import MotionTracks


@TRANSFORMS.register_module()
class ClipMotion(BaseTransform):
    """Looks up the motion statistics of every clip in the tracks of its video.

    Put it after :class:`ClipFlip`: the statistics of a mirrored clip are mirrored. Crops have no
    effect: the statistics are those of the whole frame.

    Args:
        tracks (str): File made by ``tools/data/motion_tracks.py``.
        parts (int): Number of parts of equal duration. Defaults to 4.

    Required keys: ``path``, ``total_frames``, ``frame_inds``, ``num_clips``, ``clip_len`` of
    :class:`ClipPairDataset`. Added key: ``motion``, float32 (num_clips, parts, 14), in standard
    deviations from the mean; name it in ``PackActionInputs(meta_keys=...)``.

    Raises:
        KeyError: If the tracks lack a video; the message names the remedy.
        ValueError: If the video has another length than its track.
    """

    def __init__(self, tracks: str, parts: int = 4):
        if parts < 1:
            raise ValueError(f'parts={parts}: at least 1')
        self.tracks = tracks
        self.parts = parts
        self._loaded: Optional[MotionTracks] = None

    def transform(self, results: Dict) -> Dict:
        """Add ``motion``."""
        if self._loaded is None:  # in the process that needs it
            self._loaded = MotionTracks.load(self.tracks)
        path = results['path']
        if path not in self._loaded:
            raise KeyError(
                f'{self.tracks} has no motion track of {path!r}: make the tracks of this list with '
                '`python tools/data/motion_tracks.py`'
            )
        track = self._loaded[path]
        if track.num_frames != results['total_frames']:
            raise ValueError(
                f'{results["filename"]}: has {results["total_frames"]} frames, its motion track in '
                f'{self.tracks} is of {track.num_frames}: make the tracks anew'
            )
        clips = np.reshape(results['frame_inds'], (results['num_clips'], results['clip_len']))
        flips = results.get('flipped', [False] * len(clips))
        motion = [track.of_clip(clip, self.parts, flip) for clip, flip in zip(clips, flips)]
        results['motion'] = self._loaded.normalised(np.array(motion))
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(tracks={self.tracks!r}, parts={self.parts})'
