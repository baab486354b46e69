"""The sound of each clip, as a log-mel spectrogram."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from tev_mmaction.sound import LogMel, play
from tev_mmaction.storage import join

from ..readers import VideoError, open_soundtrack


@TRANSFORMS.register_module()
class ClipAudio(BaseTransform):
    """Adds the log-mel spectrogram of what is heard while a clip is played.

    The sound is aligned with the frames by the times of the file, also at a variable frame rate,
    and played as the clip is: faster and higher at a higher speed, backwards if the clip is. A
    frame is shown for the mean frame period of the video. See :func:`tev_mmaction.sound.play`.

    Args:
        duration (float): Seconds of sound, around the middle of the clip; 16 frames at 25 frames
            per second take 0.64 s. The same for all videos, whatever their frame rate. Defaults
            to 0.64.
        rate (int): Samples per second to which the sound is converted. Defaults to 16000.
        num_mels (int): Bands F of the spectrogram. Defaults to 40.
        hop (float): Seconds per step of the spectrogram. Defaults to 0.01.
        root (str, optional): Folder or URI of the videos with sound, if the dataset reads copies
            without it, such as a video cache; their paths below it are those of the list. None:
            the videos of the dataset. Defaults to None.
        backend_args (dict, optional): Arguments of mmengine's file backend. None: those of the
            dataset. Defaults to None.

    Required keys: ``path``, ``filename``, ``total_frames``, ``frame_inds``, ``num_clips``,
    ``clip_len``, ``backend_args`` of :class:`ClipPairDataset`. Added key: ``audio``, float32
    (num_clips, F, S) with S = duration / hop steps; name it in ``PackActionInputs(meta_keys=...)``.

    Raises:
        ValueError: If an argument is not positive, ``hop`` is shorter than a sample or longer than
            ``duration``, or there are too many bands.
        VideoError: If a video has no sound or a damaged one. In training, it is replaced, as a
            damaged video is.
    """

    def __init__(
        self,
        duration: float = 0.64,
        rate: int = 16000,
        num_mels: int = 40,
        hop: float = 0.01,
        root: Optional[str] = None,
        backend_args: Optional[dict] = None,
    ):
        for name, value in dict(duration=duration, rate=rate, num_mels=num_mels, hop=hop).items():
            if value <= 0:
                raise ValueError(f'{name}={value}: must be > 0')
        if not 1 / rate <= hop <= duration:
            raise ValueError(f'hop={hop}: give at least 1/rate={1 / rate} and at most {duration}')
        self.duration = duration
        self.rate = rate
        self.spectrogram = LogMel(rate, num_mels, hop)
        self.root = root
        self.backend_args = backend_args

    def transform(self, results: Dict) -> Dict:
        """Add ``audio``."""
        filename = results['filename']
        if self.root is not None:
            filename = join(self.root, results['path'])
        own = self.backend_args
        backend_args = results['backend_args'] if own is None else own
        track = open_soundtrack(filename, backend_args)
        times = track.frame_times(results['total_frames'])
        if len(times) < 2 or times[-1] <= times[0]:
            raise VideoError(filename, 'has no two frames at different times')
        period = float(times[-1] - times[0]) / (len(times) - 1)
        clips = np.reshape(results['frame_inds'], (results['num_clips'], results['clip_len']))
        results['audio'] = np.stack(
            [
                self.spectrogram(play(track, times[clip], period, self.duration, self.rate))
                for clip in clips
            ]
        )
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(duration={self.duration}, rate={self.rate}, '
            f'num_mels={len(self.spectrogram.bands)}, root={self.root!r})'
        )
