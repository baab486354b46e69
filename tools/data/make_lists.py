"""Make MMAction2's video lists from the official annotation files of a dataset, or of own clips.

    python tools/data/make_lists.py ucf101
    python tools/data/make_lists.py hmdb51
    python tools/data/make_lists.py diving48 --version v1
    python tools/data/make_lists.py kinetics400 --subset val
    python tools/data/make_lists.py sthv2
    python tools/data/make_lists.py jester
    python tools/data/make_lists.py gym99
    python tools/data/make_lists.py gym288 --version v1.1
    python tools/data/make_lists.py own --videos FOLDER [--table TABLE.csv] --out OUT

Without options, it uses the folders of MMAction2's preparation scripts, ``data/<dataset>``, for
FineGym ``data/gym``:

- ``<dataset>_{train,val}_split_N_videos.txt`` or ``<dataset>_{train,val}_list_videos.txt``, for
  FineGym ``annotations/gym99_{train,val}.txt``: lines ``path label`` of the existing videos. Videos
  are found by name, with any extension.
- ``<list>.missing.txt``: official paths of missing videos, if there are any.
- ``<dataset>_classes.txt``: class names, in the order of the labels.

``own`` writes ``train.txt``, ``test.txt`` and ``classes.txt``. The classes are the folders of the
videos, or come from a table with the columns ``path,label``, and optionally ``group`` (clips of one
recording, person or place stay together) or ``split`` (``train`` or ``test``).
"""

import argparse
import os
import os.path as osp
from typing import Dict, List, Optional, Tuple

from official_splits import (
    OfficialSplits,
    check_counts,
    read_diving48,
    read_gym99,
    read_gym288,
    read_hmdb51,
    read_jester,
    read_kinetics400,
    read_sthv2,
    read_ucf101,
)
from own_lists import PARTS, own_lists

from tev_mmaction.datasets.folders import VIDEO_EXTENSIONS
from tev_mmaction.datasets.video_list import format_line, list_text
from tev_mmaction.files import check_output, write_file
from tev_mmaction.listing import first_of

SHOWN = 10  # missing videos printed of each list
_READERS = dict(
    ucf101=read_ucf101,
    hmdb51=read_hmdb51,
    diving48=read_diving48,
    kinetics400=read_kinetics400,
    sthv2=read_sthv2,
    jester=read_jester,
    gym99=read_gym99,
    gym288=read_gym288,
)
_GYM = ('gym99', 'gym288')  # share a folder
_VERSIONS = dict(diving48=('v2', 'v1'), gym99=('v1.0', 'v1.1'), gym288=('v1.0', 'v1.1'))
_EXTENSIONS = set(VIDEO_EXTENSIONS) - {'.gif'}  # beside a video, that is its preview


def parse_args(argv: Optional[List[str]] = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    datasets = parser.add_subparsers(dest='dataset', required=True)
    for name in _READERS:
        dataset = datasets.add_parser(name, help=f'lists of {name}')
        root = 'data/gym' if name in _GYM else f'data/{name}'
        if name == 'kinetics400':
            dataset.add_argument(
                '--subset',
                choices=('train', 'val'),
                default='train',
                help='list to make, one a run; default: train',
            )
            dataset.add_argument(
                '--csv', help=f'annotation file; default: {root}/annotations/kinetics_SUBSET.csv'
            )
        else:
            dataset.add_argument(
                '--annotations',
                default=f'{root}/annotations',
                help=f'folder of the official annotation files; default: {root}/annotations',
            )
        if name in _VERSIONS:
            dataset.add_argument(
                '--version',
                choices=_VERSIONS[name],
                default=_VERSIONS[name][0],
                help=f'of the annotations; default: {_VERSIONS[name][0]}',
            )
        videos = f'{root}/subactions' if name in _GYM else f'{root}/videos'
        videos += '_SUBSET' if name == 'kinetics400' else ''
        dataset.add_argument(
            '--videos',
            default=None if name == 'kinetics400' else videos,
            help=f'folder of the videos; default: {videos}',
        )
        out = f'{root}/annotations' if name in _GYM else root
        dataset.add_argument('--out', default=out, help=f'folder for the lists; default: {out}')
    own = datasets.add_parser('own', help='lists of your own clips')
    own.add_argument('--videos', default='data/own/videos', help='default: data/own/videos')
    own.add_argument(
        '--table', help='CSV of path,label[,group][,split]; default: folders are classes'
    )
    own.add_argument('--test-share', type=float, default=0.25, help='of the groups; default: 0.25')
    own.add_argument('--out', default='data/own', help='folder for the lists; default: data/own')
    args = parser.parse_args(argv)
    if args.dataset == 'kinetics400':
        args.csv = args.csv or f'data/kinetics400/annotations/kinetics_{args.subset}.csv'
        args.videos = args.videos or f'data/kinetics400/videos_{args.subset}'
    return args


def read_splits(args: argparse.Namespace) -> OfficialSplits:
    """Read the annotation files that the command line names."""
    if args.dataset == 'kinetics400':
        return read_kinetics400(args.csv, args.subset)
    version = (args.version,) if args.dataset in _VERSIONS else ()
    return _READERS[args.dataset](args.annotations, *version)


class VideoFiles:
    """Finds videos below a folder by their path without extension, as MMAction2 does.

    Every folder is listed once: that is 400 requests for Kinetics-400 instead of 240,000, which
    matters on a network drive.

    Args:
        root (str): The folder of the videos.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._listings: Dict[str, Dict[str, str]] = {}

    def find(self, official_path: str) -> Optional[str]:
        """The path below the root, with the extension that is there, or None."""
        folder, name = osp.split(official_path)
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        file = self._listings[folder].get(osp.splitext(name)[0])
        return file and osp.join(folder, file)

    def _list(self, folder: str) -> Dict[str, str]:
        path = osp.join(self.root, folder)
        files: Dict[str, str] = {}
        for file in sorted(os.listdir(path)) if osp.isdir(path) else ():
            stem, extension = osp.splitext(file)
            if extension.lower() in _EXTENSIONS and files.setdefault(stem, file) != file:
                raise ValueError(
                    f'The folder {path!r} has {files[stem]!r} and {file!r}, and a video of a list '
                    'is known by its name without extension. Remove one of them.'
                )
        return files


def check_renamed(splits: OfficialSplits, root: str) -> None:
    """Raise where class folders of Kinetics still have spaces: most videos would be missing."""
    folders = {osp.dirname(path) for videos in splits.lists for path, _ in videos.videos}
    found = set(os.listdir(root)) if osp.isdir(root) else set()
    renamed = {name: name.replace(' ', '_') for name in sorted(found) if ' ' in name}
    spaced = [name for name, new in renamed.items() if new in folders and new not in found]
    if spaced:
        raise ValueError(
            f'{len(spaced)} class folders in {root!r} have spaces in their names, for example '
            f'{spaced[0]!r}. Put underscores in their place, as MMAction2 does '
            '(tools/data/kinetics/rename_classnames.sh); its lists cannot hold spaces.'
        )


def write_lines(path: str, lines: List[str]) -> None:
    """Write lines, each with an end of its own, whole or not at all."""
    write_file(path, ''.join(f'{line}\n' for line in lines))


def write_list(stem: str, videos: List[Tuple[str, int]], found: List[Optional[str]]) -> List[str]:
    """Write a list and what it misses; returns what to tell the user."""
    lines = [format_line(file, label) for file, (_, label) in zip(found, videos) if file]
    missing = [path for file, (path, _) in zip(found, videos) if not file]
    write_lines(f'{stem}.txt', lines)
    report = [f'{stem}.txt: {len(videos)} listed, {len(missing)} missing, {len(lines)} written']
    if missing:
        write_lines(f'{stem}.missing.txt', missing)
        report += [f'  missing: {path}' for path in missing[:SHOWN]]
        report += [f'  all {len(missing)} missing: {stem}.missing.txt']
    elif osp.exists(f'{stem}.missing.txt'):
        os.remove(f'{stem}.missing.txt')  # of an earlier run
    return report


def make_lists(args: argparse.Namespace) -> None:
    """Read and check everything, and only then write."""
    splits = read_splits(args)
    check_counts(splits)
    if args.dataset == 'kinetics400':
        check_renamed(splits, args.videos)
    files = VideoFiles(args.videos)
    found = [[files.find(path) for path, _ in videos.videos] for videos in splits.lists]
    if not any(map(any, found)):
        state = 'is empty of them' if osp.isdir(args.videos) else 'does not exist'
        raise FileNotFoundError(
            f'None of the listed videos was found: the folder {args.videos!r} {state}. Looked for '
            f'{splits.lists[0].videos[0][0]!r} and so on, with any extension of a video. Name the '
            'folder of the videos with --videos.'
        )
    class_file = osp.join(args.out, f'{args.dataset}_classes.txt')
    check_output(class_file, *(osp.join(args.out, f'{v.name}.txt') for v in splits.lists))
    write_lines(class_file, splits.classes)
    report = [f'{class_file}: {len(splits.classes)} classes']
    for videos, video_files in zip(splits.lists, found):
        report += write_list(osp.join(args.out, videos.name), videos.videos, video_files)
    print('\n'.join(report))  # in the end, lest `| head` cut off the lists as well


def make_own_lists(args: argparse.Namespace) -> None:
    """Lists of clips whose classes are words."""
    lists = own_lists(args.videos, args.table, args.test_share)
    files = {part: osp.join(args.out, f'{part}.txt') for part in PARTS}
    class_file = osp.join(args.out, 'classes.txt')
    check_output(class_file, *files.values())
    write_lines(class_file, lists.classes)
    print(f'{class_file}: {len(lists.classes)} classes')
    for part, file in files.items():
        write_file(file, list_text(getattr(lists, part)))
        print(f'{file}: {len(getattr(lists, part))} clips')
    if lists.missing:
        print(f'{len(lists.missing)} files of {args.table} are missing: {first_of(lists.missing)}')


def main(argv: Optional[List[str]] = None) -> None:
    """Make the lists; what is wrong with the input is said in one line."""
    args = parse_args(argv)
    try:
        (make_own_lists if args.dataset == 'own' else make_lists)(args)
    except (OSError, ValueError) as error:
        raise SystemExit(f'make_lists.py: error: {error}') from None


if __name__ == '__main__':
    main()
