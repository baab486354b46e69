"""Write one feature per video to a file.

    tev-embed FOLDER --out features.npz
    tev-embed LIST.txt --root FOLDER --checkpoint epoch_400.pth --out features.npy

The source is a folder of videos, or a list of ``path`` or ``path label`` lines. ``.npz`` has
features, paths, labels and the protocol. ``.npy`` has only the features; a list of the videos is
written beside it, ``<name>.videos.txt``. Broken files are named and left out; the exit status is
then 3.
"""

import argparse
import os
from typing import List, Optional, Tuple

import numpy as np

from ..apis import VideoEmbedder, features_files, save_features
from ..apis.views import describe
from ..datasets.find_videos import find_videos
from ..datasets.readers import VideoError
from ..datasets.worker_pool import WorkerDied
from ..evaluation.short_videos import said_of_short
from ..files import check_output
from ..stopping import stoppable
from ..texts import quote
from .console import Progress, print_any_name
from .options import WEIGHTS, add_embedder_options, embedder_options

SOME_LEFT_OUT = 3


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'source', help='a folder of videos, searched recursively, or a list of `path label` lines'
    )
    parser.add_argument('--out', required=True, help='file to write, .npz or .npy')
    parser.add_argument(
        '--root',
        help='folder or URL prefix of the paths in a list; default: the folder of the list',
    )
    add_embedder_options(parser, WEIGHTS, standardised=False)
    return parser.parse_args(argv)


def videos_of(source: str, root: Optional[str] = None) -> List[Tuple[str, str, int]]:
    """Listed paths, file names and labels of a folder or list."""
    if os.path.isdir(source):
        found = find_videos('', source)
    elif os.path.exists(source) or '://' in source:
        found = find_videos(source, os.path.dirname(source) if root is None else root)
    else:
        raise ValueError(
            f'{source} does not exist: give a folder of videos, or a list of `path label` lines'
        )
    return [(info['path'], info['filename'], info['label']) for info in found]


def embed(args: argparse.Namespace) -> int:
    """Embed and save; returns the number of broken videos."""
    files = features_files(args.out)
    videos = videos_of(args.source, args.root)
    check_output(*files)
    embedder = VideoEmbedder(args.checkpoint or WEIGHTS, args.config, **embedder_options(args))
    print(f'weights {embedder.fingerprint} of {embedder.checkpoint}; {describe(embedder.protocol)}')
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


def main(argv=None) -> int:
    """Embed; returns the exit status."""
    args = parse_args(argv)
    print_any_name()
    try:
        with stoppable():
            return SOME_LEFT_OUT if embed(args) else 0
    except (OSError, ValueError, VideoError, WorkerDied) as error:
        raise SystemExit(f'tev-embed: error: {error}') from None
    except KeyboardInterrupt:
        raise SystemExit('stopped; nothing was written') from None
