"""Official annotation files of UCF101, HMDB51, Diving48 and Kinetics-400, read as video lists.

Names, labels and paths of the lists are those of MMAction2's own preparation, in its order before
shuffling. Sources of the files and of the counts for the checks:

- UCF101, https://www.crcv.ucf.edu/data/UCF101.php: ``classInd.txt``, ``trainlist0N.txt``,
  ``testlist0N.txt``. The counts are the lines of these files.
- HMDB51, Kuehne et al., ICCV 2011: ``<class>_test_splitN.txt``. Each split has 70 videos of every
  class for training and 30 for testing; of 51 classes, 3570 and 1530.
- Diving48, Li et al., ECCV 2018, http://www.svcl.ucsd.edu/projects/resound/dataset.html: V1, and V2
  (2020) with corrected labels. The counts are the entries of the JSON files.
- Kinetics-400, Kay et al., 2017: ``train.csv``, ``validate.csv``. Copies differ in length, because
  videos disappear from YouTube. Only their 400 classes can be checked.

Readers raise a FileNotFoundError or ValueError, with file, line and remedy, if a file is missing,
empty or invalid, or if a split lists a video twice, also once for training and once for testing.
"""

import csv
import io
import json
import os
import os.path as osp
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Tuple

PUBLISHED_CLASSES = dict(ucf101=101, hmdb51=51, diving48=48, kinetics400=400)
PUBLISHED_VIDEOS = dict(
    ucf101_train_split_1_videos=9537,
    ucf101_val_split_1_videos=3783,
    ucf101_train_split_2_videos=9586,
    ucf101_val_split_2_videos=3734,
    ucf101_train_split_3_videos=9624,
    ucf101_val_split_3_videos=3696,
    **{f'hmdb51_train_split_{split}_videos': 51 * 70 for split in (1, 2, 3)},
    **{f'hmdb51_val_split_{split}_videos': 51 * 30 for split in (1, 2, 3)},
    diving48_v1_train_list_videos=15943,
    diving48_v1_val_list_videos=2096,
    diving48_train_list_videos=15027,
    diving48_val_list_videos=1970,
)


@dataclass(frozen=True)
class OfficialList:
    """One list of an official split.

    Args:
        name (str): MMAction2's name of the list, without ``.txt``.
        files (list[str]): What it was read from: one file, or one for every class.
        videos (list[tuple[str, int]]): Official paths below the folder of videos, and labels.
    """

    name: str
    files: List[str]
    videos: List[Tuple[str, int]]


@dataclass(frozen=True)
class OfficialSplits:
    """The lists of a data set, and its classes.

    Args:
        dataset (str): MMAction2's name of the data set.
        classes (list[str]): Names of the classes in the order of the labels.
        class_source (str): File or folder that the classes were read from.
        lists (list[OfficialList]): The lists.
    """

    dataset: str
    classes: List[str]
    class_source: str
    lists: List[OfficialList]


class _Split:
    """The videos of a split, for training or testing, none of them twice."""

    def __init__(self) -> None:
        self.videos: Dict[str, List[Tuple[str, int]]] = dict(train=[], val=[])
        self._places: Dict[str, str] = {}

    def add(self, subset: str, path: str, label: int, place: str) -> None:
        # without extension, as this is how the files of the videos are found
        first = self._places.setdefault(osp.splitext(path)[0], place)
        if first != place:
            raise _wrong(
                f'{place}: {path!r} is listed already in {first}; a video belongs to a split once, '
                'for training or for testing'
            )
        self.videos[subset].append((path, label))


def _wrong(message: str) -> ValueError:
    return ValueError(f'{message}. Download the annotation files again; leave them as they are.')


def _text(file: str) -> str:
    if not osp.isfile(file):
        raise FileNotFoundError(
            f'There is no annotation file {file!r}. Download the official files, and name their '
            'place with --annotations (Kinetics-400: --csv).'
        )
    try:
        with open(file, encoding='utf-8-sig', newline='') as stream:
            text = stream.read()
    except UnicodeDecodeError as error:
        raise _wrong(f'{file!r} is not a text file in UTF-8 ({error})') from error
    if not text.strip():
        raise _wrong(f'The annotation file {file!r} is empty')
    return text


def _matches(file: str, pattern: str, form: str) -> Iterator[Tuple[str, Any]]:
    """The lines of a file that are not blank, each as its place, for messages, and a match."""
    # not splitlines(), which would also cut at characters that the name of a video may hold
    for number, line in enumerate(_text(file).split('\n'), 1):
        if line.strip():
            place, match = f'{file!r}, line {number}', re.fullmatch(pattern, line.strip())
            if not match:
                raise _wrong(f'{place}: expected `{form}`, found {line.strip()!r}')
            yield place, match


def read_ucf101(annotations: str) -> OfficialSplits:
    """Read the three splits of UCF101.

    Args:
        annotations (str): Folder of ``classInd.txt``, ``trainlist01.txt``, ``testlist01.txt``, ...
    """
    class_file = osp.join(annotations, 'classInd.txt')
    labels: Dict[str, int] = {}
    for place, match in _matches(class_file, r'(\d+)\s+(\S.*)', 'NUMBER CLASS'):
        if int(match[1]) != len(labels) + 1 or match[2] in labels:
            raise _wrong(f'{place}: expected a new class {len(labels) + 1}, found {match[0]!r}')
        labels[match[2]] = len(labels)
    lists = []
    for number in (1, 2, 3):
        split = _Split()
        for subset, part in (('train', 'trainlist'), ('val', 'testlist')):
            file = osp.join(annotations, f'{part}{number:02d}.txt')
            pattern = r'(([^/]+)/[^/]+\.\w+)(?:\s+(\d+))?'
            for place, match in _matches(file, pattern, 'CLASS/VIDEO.avi [NUMBER]'):
                path, name, class_number = match.groups()
                if name not in labels:
                    raise _wrong(f'{place}: the class {name!r} is not in {class_file!r}')
                if class_number and int(class_number) != labels[name] + 1:
                    raise _wrong(f'{place}: {name!r} has another number in {class_file!r}')
                split.add(subset, path, labels[name], place)
            name = f'ucf101_{subset}_split_{number}_videos'
            lists.append(OfficialList(name, [file], split.videos[subset]))
    return OfficialSplits('ucf101', list(labels), class_file, lists)


def read_hmdb51(annotations: str) -> OfficialSplits:
    """Read the three splits of HMDB51. The classes are those that have files, by name.

    Args:
        annotations (str): Folder of the files ``<class>_test_splitN.txt``, lines `VIDEO FLAG` with
            1 for training, 2 for testing, 0 for a video that the split leaves out.
    """
    found = os.listdir(annotations) if osp.isdir(annotations) else []
    matches = [re.fullmatch(r'(.+)_test_split[123]\.txt', file) for file in found]
    # sorted as classes: among files, climb_stairs_test_split1.txt precedes climb_test_split1.txt
    classes = sorted({match[1] for match in matches if match})
    if not classes:
        raise FileNotFoundError(
            f'The folder {annotations!r} has no annotation file `<class>_test_split1.txt`. Unpack '
            'test_train_splits.rar of HMDB51, and name the folder of its files with --annotations.'
        )
    lists = []
    for number in (1, 2, 3):
        split = _Split()
        files = [osp.join(annotations, f'{name}_test_split{number}.txt') for name in classes]
        for label, (name, file) in enumerate(zip(classes, files)):
            for place, match in _matches(file, r'([^/]+\.\w+)\s+([012])', 'VIDEO.avi 0|1|2'):
                if match[2] != '0':
                    subset = 'train' if match[2] == '1' else 'val'
                    split.add(subset, f'{name}/{match[1]}', label, place)
        for subset, videos in split.videos.items():
            lists.append(OfficialList(f'hmdb51_{subset}_split_{number}_videos', files, videos))
    return OfficialSplits('hmdb51', classes, annotations, lists)


def _entries(file: str) -> List[Any]:
    try:
        entries = json.loads(_text(file))
    except json.JSONDecodeError as error:
        raise _wrong(f'{file!r}, line {error.lineno}: not JSON ({error.msg})') from error
    if not isinstance(entries, list) or not entries:
        raise _wrong(f'{file!r} holds no list of entries')
    return entries


def read_diving48(annotations: str, version: str = 'v2') -> OfficialSplits:
    """Read the split of Diving48.

    Args:
        annotations (str): Folder of ``Diving48_vocab.json`` and, for V2, ``Diving48_V2_train.json``
            and ``Diving48_V2_test.json``; for V1 ``Diving48_train.json``, ``Diving48_test.json``.
        version (str): 'v1' or 'v2'. MMAction2 has V2 alone, under names without a version.
    """
    class_file = osp.join(annotations, 'Diving48_vocab.json')
    classes, split, lists = [], _Split(), []
    for number, words in enumerate(_entries(class_file), 1):
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise _wrong(f'{class_file!r}, entry {number}: expected words, found {words!r}')
        classes.append('-'.join(words))
    infix, prefix = dict(v1=('', 'diving48_v1'), v2=('V2_', 'diving48'))[version]
    for subset, part in (('train', 'train'), ('val', 'test')):
        file = osp.join(annotations, f'Diving48_{infix}{part}.json')
        for number, entry in enumerate(_entries(file), 1):
            place = f'{file!r}, entry {number}'
            values = entry if isinstance(entry, dict) else {}
            video, label = values.get('vid_name'), values.get('label')
            if not re.fullmatch(r'[^/\n]+', str(video or '')) or type(label) is not int:
                raise _wrong(f'{place}: expected a vid_name and a label, found {entry!r}')
            if not 0 <= label < len(classes):
                raise _wrong(f'{place}: {class_file!r} has no class {label}, counted from 0')
            split.add(subset, f'{video}.mp4', label, place)
        name = f'{prefix}_{subset}_list_videos'
        lists.append(OfficialList(name, [file], split.videos[subset]))
    return OfficialSplits('diving48', classes, class_file, lists)


def _rows(file: str, columns: Tuple[str, ...]) -> Iterator[Tuple[str, Dict[str, str]]]:
    rows = csv.DictReader(io.StringIO(_text(file), newline=''))
    missing = [column for column in columns if column not in rows.fieldnames]
    if missing:
        raise _wrong(f'{file!r}, line 1: the head line has no column {", ".join(missing)}')
    try:
        for row in rows:
            yield f'{file!r}, line {rows.line_num}', row
    except csv.Error as error:
        raise _wrong(f'{file!r}, line {rows.line_num}: not CSV ({error})') from error


def read_kinetics400(csv_file: str, subset: str) -> OfficialSplits:
    """Read one list of Kinetics-400. The classes are those of the file, by name.

    Args:
        csv_file (str): File with a head line and the columns label, youtube_id, time_start,
            time_end, and, in most copies, split.
        subset (str): 'train' or 'val', which the column split has to agree with.
    """
    columns = ('label', 'youtube_id', 'time_start', 'time_end')
    clips, names = [], {}
    for place, row in _rows(csv_file, columns):
        label, video, *times = (row[column] or '' for column in columns)
        try:
            start, end = (int(float(time)) for time in times)
        except (ValueError, OverflowError):
            start = end = -1
        # as MMAction2's rename_classnames.sh names the folders
        folder = label.replace('"', '').replace(' ', '_')
        path = f'{folder}/{video}_{start:06d}_{end:06d}.mp4'
        if min(start, end) < 0 or not re.fullmatch(r'[^/\n]+/[^/\s]+', path) or not video:
            raise _wrong(f'{place}: expected {", ".join(columns)}, found {[label, video, *times]}')
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
    split = _Split()
    for folder, path, place in clips:
        split.add(subset, path, labels[folder], place)
    videos = OfficialList(f'kinetics400_{subset}_list_videos', [csv_file], split.videos[subset])
    return OfficialSplits('kinetics400', [names[name] for name in labels], csv_file, [videos])


def check_counts(splits: OfficialSplits) -> None:
    """Compare the numbers of classes and videos with the published ones.

    Raises:
        ValueError: If they differ; names the file, and both numbers.
    """
    published = PUBLISHED_CLASSES[splits.dataset]
    checks = [(splits.class_source, 'classes', len(splits.classes), published)]
    for videos in splits.lists:
        total = len(videos.videos)
        published = PUBLISHED_VIDEOS.get(videos.name, total) // len(videos.files)
        counts = Counter(label for _, label in videos.videos)
        for label, file in enumerate(videos.files):
            found = counts[label] if len(videos.files) > 1 else total
            checks.append((file, f'videos for {videos.name}', found, published))
    for file, what, found, published in checks:
        if found != published:
            raise _wrong(
                f'{file!r} has {found} {what}, but {published} are published: it is incomplete or '
                'not the official one'
            )
