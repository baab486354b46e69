"""Videos that are shorter than a clip, whose frames MMAction2's ``SampleFrames`` repeats."""

from typing import Any, Mapping, Optional

# What samples must tell, as SampleFrames and what opens the video write it.
SHORT_KEYS = ('total_frames', 'clip_len', 'frame_interval', 'num_clips')


def frames_of_a_clip(metainfo: Mapping[str, Any]) -> Optional[int]:
    """Frames of the shortest video that a clip fits, or that so many single frames are taken from.

    Returns:
        int | None: None where the sample does not tell.
    """
    if any(metainfo.get(key) is None for key in SHORT_KEYS):
        return None
    if metainfo['clip_len'] == 1:
        return int(metainfo['num_clips'])
    return (int(metainfo['clip_len']) - 1) * int(metainfo['frame_interval']) + 1


def is_short(metainfo: Mapping[str, Any]) -> bool:
    """Whether frames of the video have to be repeated; False where the sample does not tell."""
    needed = frames_of_a_clip(metainfo)
    return needed is not None and int(metainfo['total_frames']) < needed


def said_of_short(number: int, total: int, needed: int) -> str:
    """In words: how many of the videos are short."""
    return (
        f'{number} of {total} videos are shorter than a clip ({needed} frames): frames of them are '
        'repeated'
    )
