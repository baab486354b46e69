"""Opens and decodes videos with our readers in any pipeline of MMAction2."""

from contextlib import contextmanager
from typing import Dict, Iterator, List, Optional

import numpy as np
from mmaction.datasets.transforms import DecordDecode
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ..caching import check_cache_of
from ..readers import VideoError, VideoReader, open_video, resolve_decoder

REMEDY = (
    'Make a list without broken videos with '
    '`python tools/data/index_videos.py LIST --root FOLDER`, and name it in ann_file'
)


@contextmanager
def _remedy() -> Iterator[None]:
    """Add the remedy to an error, and remove the chain of causes."""
    try:
        yield
    except VideoError as error:
        raise VideoError(error.filename, f'{error.reason}. {REMEDY}') from None


@TRANSFORMS.register_module()
class VideoInit(BaseTransform):
    """Open a video; replaces MMAction2's ``DecordInit``.

    Unlike in :class:`ClipPairDataset`, a broken video stops the run: with labels, and in
    evaluation, another video cannot replace it. The error names the file and the remedy, also from
    a worker of the data loader.

    Args:
        decoder (str): See :func:`~tev_mmaction.datasets.readers.resolve_decoder`. Defaults to
            ``'auto'``.
        backend_args (dict, optional): Arguments of ``mmengine.fileio.get_file_backend``. Defaults
            to None.

    Required key: ``filename``. Added keys: ``video_reader``, ``total_frames``, and ``avg_fps``
    if the file contains it.

    Raises:
        VideoError: If the video is missing, empty, or unreadable for the decoder.
        ValueError: If it is in a video cache that is incomplete, damaged or stale.
    """

    def __init__(self, decoder: str = 'auto', backend_args: Optional[dict] = None):
        self.decoder = resolve_decoder(decoder)
        self.backend_args = backend_args

    def transform(self, results: Dict) -> Dict:
        check_cache_of(results['filename'], self.backend_args)
        with _remedy():
            reader = open_video(results['filename'], self.decoder, self.backend_args)
            if len(reader) == 0:
                raise VideoError(results['filename'], 'holds no frames')
        results['video_reader'] = reader
        results['total_frames'] = len(reader)
        if reader.fps > 0:
            results['avg_fps'] = reader.fps
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(decoder={self.decoder!r}, backend_args={self.backend_args!r})'
        )


@TRANSFORMS.register_module()
class VideoDecode(DecordDecode):
    """Decode the sampled frames; replaces MMAction2's ``DecordDecode``.

    Every frame is decoded once, in one ascending pass, for any number and order of samples. Frames
    are upright, as players show them. As in :class:`VideoInit`, a broken video stops the run.

    Args:
        grey (bool): Grey frames, in three equal channels; see :meth:`VideoReader.frames`.
            Defaults to False.

    Required keys: ``video_reader`` (of :class:`VideoInit`), ``frame_inds`` (any shape). Added
    keys: ``imgs`` (list of uint8 RGB, (H, W, 3)), ``original_shape``, ``img_shape``. Modified
    keys: ``frame_inds`` (flat), ``video_reader`` (None); boxes are scaled as by ``DecordDecode``.

    Raises:
        VideoError: If not all of the frames can be decoded.
    """

    def __init__(self, grey: bool = False):
        super().__init__()
        self.grey = grey

    def transform(self, results: Dict) -> Dict:
        results['frame_inds'] = np.ravel(results['frame_inds'])
        return super().transform(results)

    def _decord_load_frames(
        self, container: VideoReader, frame_inds: np.ndarray
    ) -> List[np.ndarray]:
        unique, inverse = np.unique(frame_inds, return_inverse=True)
        with _remedy():
            frames = container.read(unique, self.grey)
        return list(frames[inverse])  # a copy: transforms such as Flip write into frames

    def __repr__(self) -> str:
        return f'{type(self).__name__}({"grey=True" if self.grey else ""})'
