"""The views of a video under a protocol: as a pipeline, and in words."""

from typing import List

from ..evaluation.protocol import EvaluationProtocol
from ..evaluation.short_videos import SHORT_KEYS

_CROP_TRANSFORMS = dict(center='CenterCrop', three='ThreeCrop', ten='TenCrop')
# Crops of which a network gives features.
CROPS_OF_A_VIDEO = tuple(_CROP_TRANSFORMS)
_META_KEYS = ('filename', *SHORT_KEYS)


def pipeline_of(
    protocol: EvaluationProtocol, decoder: str, frames_as_batch: bool = False
) -> List[dict]:
    """The transforms of ``configs/_base_/protocols/tev.py``, or of a clip over the whole video.

    Args:
        protocol (EvaluationProtocol): With ``frame_interval=None``, the frames of a clip are spread
            over the whole video, and several clips are interleaved.
        decoder (str): See :class:`VideoInit`.
        frames_as_batch (bool): Give single frames instead of clips. Defaults to False.
    """
    sampling = dict(type='SampleFrames', clip_len=protocol.clip_len, num_clips=protocol.num_clips)
    if protocol.frame_interval is not None:
        sampling['frame_interval'] = protocol.frame_interval
    elif frames_as_batch:
        sampling.update(clip_len=1, frame_interval=1, num_clips=protocol.clip_len)
    else:
        sampling['type'] = 'UniformSample'
    shape = 'NCHW' if frames_as_batch and protocol.frame_interval is None else 'NCTHW'
    return [
        dict(type='VideoInit', decoder=decoder),
        dict(test_mode=True, **sampling),
        dict(type='VideoDecode'),
        dict(type='Resize', scale=(-1, protocol.size)),
        dict(type=_CROP_TRANSFORMS[protocol.crops], crop_size=protocol.size),
        dict(type='FormatShape', input_format=shape),
        dict(type='PackActionInputs', meta_keys=_META_KEYS),
    ]


def frames_of_a_clip(protocol: EvaluationProtocol) -> int:
    """Length of the shortest video that has enough frames for a clip.

    Args:
        protocol: A protocol with a known clip length.

    Raises:
        ValueError: If ``clip_len`` is None.
    """
    if protocol.clip_len is None:
        raise ValueError('clip_len=None: give the number of frames of a clip')
    if protocol.frame_interval is None:
        return protocol.clip_len
    return (protocol.clip_len - 1) * protocol.frame_interval + 1


def check_protocol(protocol: EvaluationProtocol, frames_as_batch: bool) -> None:
    """Refuse a protocol that gives no feature.

    Args:
        protocol (EvaluationProtocol): How a video becomes a feature.
        frames_as_batch (bool): Whether the backbone needs single frames.

    Raises:
        ValueError: If it cannot be followed.
    """
    frames_of_a_clip(protocol)
    if protocol.crops not in _CROP_TRANSFORMS:
        raise ValueError(
            f'crops={protocol.crops!r} is for hand-made features: use one of '
            f'{", ".join(CROPS_OF_A_VIDEO)}'
        )
    if protocol.feature_pooling != 'space-time':
        raise ValueError(
            f'feature_pooling={protocol.feature_pooling!r}: a video has one feature, '
            "use 'space-time'"
        )
    if protocol.frame_interval is None:
        if frames_as_batch and protocol.num_clips != 1:
            raise ValueError(
                f'num_clips={protocol.num_clips} with frame_interval=None: {protocol.clip_len} '
                'single frames are spread over the video, so set clip_len, not num_clips; or '
                'give a frame_interval'
            )
    elif protocol.frame_interval < 1:
        raise ValueError(f'frame_interval={protocol.frame_interval}: at least 1')


def describe(protocol: EvaluationProtocol) -> str:
    """A protocol in one readable line."""
    return f'{describe_views(protocol)}, standardisation {protocol.standardisation}'


def describe_views(protocol: EvaluationProtocol) -> str:
    """The views of a protocol in one readable line, for features that are not standardised."""
    apart = f'{protocol.frame_interval} source frames apart'
    if protocol.frame_interval is None:
        apart = 'spread over the video'
    views = f'{protocol.num_clips} clips of {protocol.clip_len} frames, {apart}'
    return f'{views}, crops {protocol.crops}, {protocol.size}x{protocol.size} pixels'
