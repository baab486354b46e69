"""Write features of videos to files.

    tev-embed FOLDER --out features.npz
    tev-embed LIST.txt --root FOLDER --checkpoint epoch_400.pth --out features.npy
    tev-embed FOLDER --out DIR --window 2 --stride 0.5
    tev-embed VIDEO --out DIR --keep time --format safetensors

The source is a folder of videos, a list of ``path`` or ``path label`` lines, or one video. If OUT
ends in .npz, .npy, .safetensors or .parquet, one file gets one feature per video. Otherwise, OUT is
a folder: each video gets a file with one feature, a feature for each window, or features over time,
and manifest.json has the settings and the time stamps. There, a stopped call continues where it
was, and a further call embeds new videos. Broken videos are named and left out; the exit status is
then 3.
"""

import argparse
import os
from typing import List, Optional, Tuple

import numpy as np

from ..apis import (
    VideoEmbedder,
    WindowGrid,
    embed_to_folder,
    features_files,
    save_features,
)
from ..apis.feature_format import FORMATS, check_format
from ..apis.views import describe_views
from ..apis.window_grid import KEPT, UNITS
from ..datasets.find_videos import find_videos
from ..datasets.folders import VIDEO_EXTENSIONS
from ..datasets.readers import VideoError
from ..datasets.worker_pool import WorkerDied
from ..evaluation.short_videos import said_of_short
from ..files import check_output
from ..listing import first_of
from ..stopping import stoppable
from ..storage import folder_exists, join
from ..texts import quote, with_flags
from .console import Progress, WindowProgress, print_any_name
from .options import WEIGHTS, add_embedder_options, embedder_options

SOME_LEFT_OUT = 3
FOLDER_OPTIONS = ('window', 'stride', 'unit', 'keep', 'format')
MOST_NAMED = 20  # of broken videos


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'source',
        help='a folder of videos, searched recursively, a list of `path label` lines, or a video',
    )
    parser.add_argument(
        '--out',
        required=True,
        help=f'file to write, .{", .".join(FORMATS)}, or folder for a file per video',
    )
    parser.add_argument(
        '--root',
        help='folder or URL prefix of the paths in a list; default: the folder of the list',
    )
    add_embedder_options(parser, WEIGHTS, standardised=False)
    files = parser.add_argument_group('a file per video', 'with a folder as --out')
    files.add_argument('--window', type=float, help='length of a window; default: the whole video')
    files.add_argument(
        '--stride', type=float, help='from one window to the next; default: the window'
    )
    files.add_argument('--unit', choices=UNITS, help='of window and stride; default: seconds')
    files.add_argument(
        '--keep',
        choices=KEPT,
        help='a vector (D,) per window, or (clips, T, D), not pooled over time; default: vector',
    )
    files.add_argument('--format', choices=FORMATS, help='default: npz')
    return parser.parse_args(argv)


def videos_of(source: str, root: Optional[str] = None) -> List[Tuple[str, str, int]]:
    """Listed paths, file names and labels of a folder, a list or a video."""
    if folder_exists(source):
        root = source
        found = find_videos('', root)
    elif source.lower().endswith(VIDEO_EXTENSIONS):
        return [(os.path.basename(source), source, -1)]
    elif os.path.exists(source) or '://' in source:
        root = os.path.dirname(source) if root is None else root
        found = find_videos(source, root)
    else:
        raise ValueError(
            f'{source} does not exist: give a folder of videos, or a list of `path label` lines'
        )
    return [(path, join(root, path), label) for path, label in found]


def is_folder(args: argparse.Namespace) -> bool:
    """Whether the output is a folder; refuse options that do not apply to a file."""
    extension = os.path.splitext(args.out)[1]
    if not extension or (os.path.isdir(args.out) and extension[1:] not in FORMATS):
        return True
    for name in FOLDER_OPTIONS:
        if getattr(args, name) is not None:
            raise ValueError(
                f'--{name} is for a file per video: give a folder as --out, not {args.out}'
            )
    return False


def opened(args: argparse.Namespace) -> VideoEmbedder:
    """The embedder, after its description was printed."""
    embedder = VideoEmbedder(args.checkpoint or WEIGHTS, args.config, **embedder_options(args))
    views = describe_views(embedder.protocol)
    print(f'weights {embedder.fingerprint} of {embedder.checkpoint}; {views}; not standardised')
    return embedder


def embed(args: argparse.Namespace) -> int:
    """Embed to one file; returns the number of broken videos."""
    files = features_files(args.out)
    videos = videos_of(args.source, args.root)
    check_output(*files)
    embedder = opened(args)
    progress = Progress(embedder.protocol)
    filenames = [filename for _, filename, _ in videos]
    features: List[np.ndarray] = []
    kept: List[Tuple[str, int]] = []
    broken: List[str] = []
    outcomes = zip(videos, embedder.embed_each(filenames))
    for _, ((path, _, label), outcome) in zip(progress(filenames), outcomes):
        if isinstance(outcome, VideoError):
            broken.append(f'{quote(path)}: {outcome.reason}')
        else:
            features.append(outcome)
            kept.append((path, label))
    for line in broken:
        print(f'skipped {line}')
    if not features:
        raise ValueError(f'{args.source}: none of its {len(videos)} videos can be read')
    matrix = np.stack(features)
    save_features(args.out, matrix, kept, embedder)
    if embedder.short_videos:
        print(said_of_short(len(embedder.short_videos), len(kept), embedder.frames_of_a_clip))
    print(progress.line(len(kept)))
    print(f'{" and ".join(files)}: {matrix.shape[0]} videos x {matrix.shape[1]}')
    return len(broken)


def embed_each(args: argparse.Namespace) -> int:
    """Embed to a file per video; returns the number of broken videos."""
    grid = WindowGrid(args.window, args.stride, args.unit or UNITS[0])
    file_format = args.format or FORMATS[0]
    check_format(file_format)
    videos = videos_of(args.source, args.root)
    check_output(os.path.join(args.out, 'manifest.json'))
    embedder = opened(args)
    with WindowProgress() as progress:
        summary = embed_to_folder(
            embedder, videos, args.out, grid, args.keep or KEPT[0], file_format, progress
        )
    skipped = [f'skipped {quote(name)}: {reason}' for name, reason in summary.failed.items()]
    if skipped:
        print(first_of(skipped, MOST_NAMED, '\n'))
    if len(skipped) == len(videos):
        raise ValueError(f'{args.source}: none of its {len(videos)} videos can be embedded')
    if embedder.short_videos:
        print(
            said_of_short(len(embedder.short_videos), summary.embedded, embedder.frames_of_a_clip)
        )
    print(
        f'{summary.embedded} videos embedded, {summary.windows} windows, in '
        f'{progress.seconds:.1f} s; {summary.kept} were there already, {len(skipped)} left out'
    )
    print(summary.manifest)
    return len(skipped)


def main(argv=None) -> int:
    """Embed; returns the exit status."""
    args = parse_args(argv)
    print_any_name()
    left = 'nothing was written'
    try:
        with stoppable():
            if is_folder(args):
                left = 'finished videos are kept, call again to go on'
                return SOME_LEFT_OUT if embed_each(args) else 0
            return SOME_LEFT_OUT if embed(args) else 0
    except WorkerDied as error:
        raise SystemExit(f'tev-embed: error: {error}; {left}') from None
    except (OSError, ValueError, VideoError) as error:
        raise SystemExit(f'tev-embed: error: {with_flags(error, FOLDER_OPTIONS)}') from None
    except KeyboardInterrupt:
        raise SystemExit(f'stopped; {left}') from None
