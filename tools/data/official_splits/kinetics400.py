"""Kinetics-400, Kay et al., 2017: ``train.csv`` and ``validate.csv`` of 400 classes.

Copies differ in length, because videos disappear from YouTube. Only the classes can be checked.
"""

import re

from .files import read_rows, wrong
from .splits import OfficialList, OfficialSplits, Split


def read_kinetics400(csv_file: str, subset: str) -> OfficialSplits:
    """Read one list. The classes are those of the file, by name.

    Args:
        csv_file (str): File with a head line and the columns label, youtube_id, time_start,
            time_end, and, in most copies, split.
        subset (str): 'train' or 'val', which the column split has to agree with.
    """
    columns = ('label', 'youtube_id', 'time_start', 'time_end')
    clips, names = [], {}
    for place, row in read_rows(csv_file, columns):
        label, video, *times = (row[column] or '' for column in columns)
        try:
            start, end = (int(float(time)) for time in times)
        except (ValueError, OverflowError):
            start = end = -1
        # as MMAction2's rename_classnames.sh names the folders
        folder = label.replace('"', '').replace(' ', '_')
        path = f'{folder}/{video}_{start:06d}_{end:06d}.mp4'
        if min(start, end) < 0 or not re.fullmatch(r'[^/\n]+/[^/\s]+', path) or not video:
            raise wrong(f'{place}: expected {", ".join(columns)}, found {[label, video, *times]}')
        # the official files say "validate", the others "val"
        if not (row.get('split') or subset).startswith(subset):
            raise ValueError(
                f'{place}: a video of the split {row["split"]!r}, not of {subset!r}. Name the file '
                'of that split with --csv, or the other split with --subset.'
            )
        names.setdefault(folder, label.replace('"', ''))
        clips.append((folder, path, place))
    # by the names of the folders: a space would sort before letters, an underscore does not
    labels = {folder: label for label, folder in enumerate(sorted(names))}
    split = Split()
    for folder, path, place in clips:
        split.add(subset, path, labels[folder], place)
    videos = OfficialList(f'kinetics400_{subset}_list_videos', [csv_file], split.videos[subset])
    return OfficialSplits([names[name] for name in labels], csv_file, 400, [videos])
