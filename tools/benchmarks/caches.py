"""Caches of the benchmarks' video sets, made by ``tools/data/cache_videos.py``."""

import subprocess
import sys
from pathlib import Path
from typing import Dict

from video_sets import VideoSet

TOOL = Path(__file__).parents[1] / 'data/cache_videos.py'
FORMATS = ('mjpeg', 'h264', 'memmap')


def make_cache(videos: VideoSet, folder: Path, form: str) -> VideoSet:
    """The cache of a set, made unless it is there.

    Args:
        videos (VideoSet): The originals.
        folder (Path): Where the caches are kept.
        form (str): One of :data:`FORMATS`.

    Raises:
        RuntimeError: If the tool fails, with what it said.
    """
    root = folder / 'caches' / f'{videos.root.name}_{form}'
    if not root.is_dir():
        draft = root.with_name(f'{root.name}.part')
        command = [sys.executable, TOOL, videos.root, draft, '--lists', videos.ann_file.name]
        command += ['--prefix', videos.prefix, '--short-side', '128', '--format', form]
        command += ['--workers', '2']
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ['no message'])[-1]
            raise RuntimeError(f'{TOOL.name} --format {form}: {reason}')
        draft.rename(root)
    return VideoSet(f'{videos.name} {form}', root)


def make_caches(videos: VideoSet, folder: Path) -> Dict[str, VideoSet]:
    """All caches of a set, by format."""
    return {form: make_cache(videos, folder, form) for form in FORMATS}
