"""The video index: properties of each file, known before training opens it.

A CSV beside the list (``train.txt`` → ``train.index.csv``) or in the folder
(``videos.index.csv``), made by ``tools/data/index_videos.py``.
"""

import csv
import logging
import os.path as osp
import sys
from dataclasses import astuple, dataclass, fields, replace
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from mmengine.logging import print_log

from tev_mmaction.files import write_file
from tev_mmaction.listing import first_of
from tev_mmaction.texts import decode, quote, read_bytes, table, table_rows

from .readers import VideoError, open_video
from .readers.decord_check import decord_differs


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """One file of the index.

    Args:
        path (str): Path in the list.
        num_frames (int): Number of decodable frames, 0 for a rejected file.
        fps (float): Average frames per second.
        width (int): Width in pixels, after rotation.
        height (int): Height in pixels, after rotation.
        decoder (str): The decoder that counted the frames.
        reason (str): Reason for rejecting the file; empty for a usable file.
        note (str): Peculiarities of a usable file, such as packets that show no frame.
    """

    path: str
    num_frames: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    decoder: str = ''
    reason: str = ''
    note: str = ''

    @classmethod
    def from_text(cls, cells: Mapping[str, str]) -> 'VideoRecord':
        """The record of a row of the table.

        Args:
            cells: Cells by field name; missing cells have the default.

        Raises:
            ValueError: If a number is invalid.
        """
        return cls(
            path=cells['path'],
            num_frames=int(cells.get('num_frames', 0)),
            fps=float(cells.get('fps', 0)),
            width=int(cells.get('width', 0)),
            height=int(cells.get('height', 0)),
            decoder=sys.intern(cells.get('decoder', '')),
            reason=cells.get('reason', ''),
            note=cells.get('note', ''),
        )

    @property
    def usable(self) -> bool:
        """bool: Whether the file decodes to its end."""
        return not self.reason


_COLUMNS = [field.name for field in fields(VideoRecord)]


def examine(
    path: str, filename: str, decoder: str, min_frames: int = 2, backend_args: Optional[dict] = None
) -> VideoRecord:
    """Decode a video to its end and make its record.

    Args:
        path (str): Name of the record, as in the list.
        filename (str): Location of the file.
        decoder (str): ``'pyav'`` or ``'decord'``.
        min_frames (int): Shorter videos are rejected. Defaults to 2.
        backend_args (dict, optional): Arguments of the file backend.

    Returns:
        VideoRecord: The record; for a broken file, it has the reason, and no error is raised.
    """
    try:
        reader = open_video(filename, decoder, backend_args)
        num_frames = reader.count_decodable()
        check_length(filename, num_frames, min_frames)
        width, height = reader.size
        fps = round(reader.fps, 4)
        return VideoRecord(path, num_frames, fps, width, height, decoder, note=reader.note)
    except VideoError as error:
        return VideoRecord(path, decoder=decoder, reason=error.reason)


def check_decord(record: VideoRecord, filename: str) -> VideoRecord:
    """Mark a video if decord and PyAV read different frames, or decord's frames vary.

    Args:
        record (VideoRecord): Result of :func:`examine`.
        filename (str): Location of the file on a local disk.

    Returns:
        VideoRecord: With a note; rejected if decord is the decoder.
    """
    if not record.usable:
        return record
    try:
        found = decord_differs(filename)
    except VideoError as error:  # with decoder='decord', PyAV has not read the file before
        found = error.reason
    if found and record.decoder == 'decord':
        return VideoRecord(record.path, decoder=record.decoder, reason=found)
    return replace(record, note='; '.join(filter(None, [record.note, found])))


def check_length(filename: str, num_frames: int, min_frames: int) -> None:
    """Raise :class:`VideoError` for a video that is too short to draw any of the clips from."""
    if num_frames < min_frames:
        raise VideoError(filename, f'is too short: {num_frames} frame(s), {min_frames} needed')


def apply_index(
    data_list: List[dict], index: Dict[str, VideoRecord], min_frames: int
) -> Tuple[List[dict], Dict[str, str]]:
    """Split a data list into usable videos, with their lengths, and videos to leave out.

    Args:
        data_list (list[dict]): With the key ``path``; usable videos get the key ``num_frames``.
        index (dict[str, VideoRecord]): Result of :func:`load_index`. Videos that are not in
            it stay, without a length.
        min_frames (int): Shorter videos are left out.

    Returns:
        tuple[list[dict], dict[str, str]]: Usable videos; reasons for the others, by ``path``.
    """
    usable, left_out = [], {}
    for info in data_list:
        record = index.get(info['path'])
        try:
            if record and not record.usable:
                raise VideoError(info['path'], record.reason)
            if record:
                check_length(info['path'], record.num_frames, min_frames)
                info['num_frames'] = record.num_frames
            usable.append(info)
        except VideoError as error:
            left_out[info['path']] = error.reason
    return usable, left_out


def report_left_out(
    left_out: Dict[str, str], num_usable: int, index_file: str, min_frames: int
) -> None:
    """Warn of videos that are left out: name the first ones with reasons, count the others.

    Args:
        left_out (dict[str, str]): Reasons by file name.
        num_usable (int): Number of usable videos.
        index_file (str): The index.
        min_frames (int): Frames of the shortest video that can be used.

    Raises:
        ValueError: If there is no usable video.
    """
    named = first_of([f'{quote(name)}: {reason}' for name, reason in left_out.items()])
    if not num_usable:
        raise ValueError(
            f'the video index {index_file!r} leaves no usable video of {len(left_out)}, clips '
            f'need {min_frames} frames: {named}'
        )
    print_log(f'left out: {named}', logger='current', level=logging.WARNING)


def default_index_file(ann_file: str, folder: str) -> str:
    """Expected location of the index of a list, or of a folder without a list."""
    if not ann_file:
        return osp.join(folder, 'videos.index.csv')
    stem = osp.splitext(ann_file)[0]
    return (stem[: -len('.usable')] if stem.endswith('.usable') else stem) + '.index.csv'


def save_index(records: Iterable[VideoRecord], index_file: str) -> None:
    """Write an index atomically."""
    write_file(index_file, table(_COLUMNS, map(astuple, records)))


def load_index(index_file: str, backend_args: Optional[dict] = None) -> Dict[str, VideoRecord]:
    """Read an index.

    Returns:
        dict[str, VideoRecord]: Records by the path of the video in the list.

    Raises:
        ValueError: If the file is empty or not an index; the message says how to make it anew.
    """
    try:
        text = decode(read_bytes(index_file, backend_args), index_file)
        rows = table_rows(text)
        columns = next(rows, [])
        if not text:
            raise ValueError('it is empty')
        if columns[:1] != ['path'] or not set(columns) <= set(_COLUMNS):
            raise ValueError(f'its first line is {",".join(columns)[:80]!r}')
        records = {}
        for row in rows:
            if len(row) != len(columns):
                raise ValueError('a line is incomplete')
            record = VideoRecord.from_text(dict(zip(columns, row)))
            records[record.path] = record
        if not records:
            raise ValueError('it has no videos')
        if not text.endswith('\n'):
            raise ValueError('a line is incomplete')
        return records
    except (csv.Error, TypeError, ValueError) as error:
        raise ValueError(
            f'{index_file!r} is not a video index ({error}). Make it anew with '
            '`python tools/data/index_videos.py`.'
        ) from error


def check_same_videos(index: Dict[str, VideoRecord], paths: Iterable[str], index_file: str) -> None:
    """Refuse an index without any of the videos.

    Raises:
        ValueError: If it is of another list, or was made with another folder as root.
    """
    paths = list(paths)
    if paths and not any(path in index for path in paths):
        raise ValueError(
            f'The video index {index_file!r} is of other videos: it has {next(iter(index))!r} and '
            f'so on, the dataset {paths[0]!r}. Make it of the same list or folder with `python '
            'tools/data/index_videos.py`, or name another in index_file.'
        )
