"""Videos that are shorter than a clip, whose frames MMAction2's ``SampleFrames`` repeats."""

from typing import Any, Mapping, Optional

# Metainfo written by SampleFrames and by the transform that opens the video.
SHORT_KEYS = ('total_frames', 'clip_len', 'frame_interval', 'num_clips')


def frames_of_a_clip(metainfo: Mapping[str, Any]) -> Optional[int]:
    """Length of the shortest video that has enough frames for a clip, or for the single frames.

    Returns:
        int | None: None if the sample lacks this information.
    """
    if any(metainfo.get(key) is None for key in SHORT_KEYS):
        return None
    if metainfo['clip_len'] == 1:
        return int(metainfo['num_clips'])
    return (int(metainfo['clip_len']) - 1) * int(metainfo['frame_interval']) + 1


def is_short(metainfo: Mapping[str, Any]) -> bool:
    """Whether frames of the video are repeated; False if the sample lacks this information."""
    needed = frames_of_a_clip(metainfo)
    return needed is not None and int(metainfo['total_frames']) < needed


def said_of_short(number: int, total: int, needed: int) -> str:
    """A sentence with the number of short videos."""
    return (
        f'{number} of {total} videos are shorter than a clip ({needed} frames): frames of them are '
        'repeated'
    )
