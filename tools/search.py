"""Find videos that move alike.

    python tools/search.py index FOLDER
    python tools/search.py query CLIP --top 10 --html neighbours.html

``index`` embeds the videos of a folder by a network that comes with the package, or by the backbone
of a ``--checkpoint``, of this package or of MMAction2. Called again, it embeds what is new or
changed, drops what is gone, and needs no ``--checkpoint``; stopped, it goes on where it was.
``query`` embeds one more video, or takes it from the index, and prints rank, similarity and path of
its neighbours.
"""

import argparse
import os
import sys

from tqdm import tqdm

from tev_mmaction.apis import EmbeddingIndex, IndexChanges, VideoEmbedder, update_index
from tev_mmaction.apis.views import describe, frames_of_a_clip
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.datasets.worker_pool import WorkerDied
from tev_mmaction.evaluation.protocol import CROPS, STANDARDISATIONS
from tev_mmaction.evaluation.short_videos import said_of_short
from tev_mmaction.reporting import save_neighbour_page
from tev_mmaction.stopping import stoppable
from tev_mmaction.storage import may_exist

DEFAULT_INDEX = 'embeddings.safetensors'
WEIGHTS = 'r3d10-motion'  # of tev_mmaction.weights
# Of the index, not of a query: what makes features comparable.
PROTOCOL = ('num_clips', 'frame_interval', 'clip_len', 'size', 'crops', 'standardisation')


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest='command', required=True)
    index = commands.add_parser('index', help='embed the new videos of a folder')
    index.add_argument('folder', help='searched recursively')
    query = commands.add_parser('query', help='find videos that move alike')
    query.add_argument('clip', help='path or URL of the query video')
    for command in (index, query):
        command.add_argument(
            '--index', default=DEFAULT_INDEX, help=f'embedding index; default: {DEFAULT_INDEX}'
        )
        command.add_argument(
            '--checkpoint',
            help='file, or name of weights that come with the package; default: that of the index, '
            f'where there is one already, else {WEIGHTS}',
        )
        command.add_argument('--device', help='default: cuda if there is one, else cpu')
    index.add_argument(
        '--config', help='config of the checkpoint; default: the one within, or of the index'
    )
    index.add_argument('--num-workers', type=int, default=2, help='decoding processes; default: 2')
    index.add_argument(
        '--retry-broken', action='store_true', help='retry files that were broken before'
    )
    protocol = index.add_argument_group(
        'protocol', 'how a video becomes a feature; fixed when an index is begun'
    )
    protocol.add_argument('--num-clips', type=int, help='clips per video; default: 10')
    protocol.add_argument('--frame-interval', type=int, help='speed; default: 4, or the config')
    protocol.add_argument('--clip-len', type=int, help='frames per clip; default: the config')
    protocol.add_argument('--size', type=int, help='pixels; default: the config')
    protocol.add_argument('--crops', choices=list(CROPS), help='crops per clip; default: three')
    protocol.add_argument('--standardisation', choices=STANDARDISATIONS, help='default: gallery')
    query.add_argument('--top', type=int, default=10, help='number of neighbours; default: 10')
    query.add_argument(
        '--html', metavar='OUT', help='also write an HTML page with moving pictures of them'
    )
    return parser.parse_args(argv)


def make_index(args: argparse.Namespace) -> None:
    """Begin an index or bring it up to date, and say what was done."""
    given = {key: getattr(args, key) for key in PROTOCOL if getattr(args, key) is not None}
    options = dict(given, device=args.device, num_workers=args.num_workers)
    if os.path.exists(args.index):
        index = EmbeddingIndex.load(args.index)
        embedder = index.open_embedder(args.checkpoint, args.config, **options)
        index.checkpoint = embedder.checkpoint
    else:
        embedder = VideoEmbedder(args.checkpoint or WEIGHTS, args.config, **options)
        index = EmbeddingIndex.of(embedder)
    print(f'weights {embedder.fingerprint} of {embedder.checkpoint}; {describe(embedder.protocol)}')

    def progress(paths):
        return tqdm(paths, desc='embed', unit='video')

    changes = update_index(
        index, args.folder, embedder, args.index, args.retry_broken, progress=progress
    )
    report(changes)
    if index.short_videos:
        print(said_of(index))
    print(f'{args.index}: {len(index)} videos, {len(index.broken)} broken files remembered')


def said_of(index: EmbeddingIndex) -> str:
    """How many videos of an index are shorter than a clip."""
    needed = frames_of_a_clip(index.protocol)
    return f'index: {said_of_short(len(index.short_videos), len(index), needed)}'


def report(changes: IndexChanges) -> None:
    """Counts of an update, and the names of what was dropped or skipped."""
    skipped = len(changes.broken) + len(changes.known_broken)
    print(
        f'{len(changes.added)} added, {len(changes.changed)} changed, {len(changes.copied)} copied '
        f'or renamed, {changes.unchanged} unchanged, {len(changes.removed)} removed, {skipped} '
        'broken'
    )
    for path in changes.removed:
        print(f'removed {path}')
    for path, reason in changes.broken:
        print(f'skipped {path}: {reason}')
    for path, reason in changes.known_broken:
        print(f'still broken, not tried again (--retry-broken would): {path}: {reason}')


def find(args: argparse.Namespace) -> None:
    """Print the neighbours of a clip, and show them if asked to."""
    index = EmbeddingIndex.load(args.index)
    if may_exist(args.clip) is False:
        raise VideoError(args.clip, 'does not exist')
    feature = index.feature_of(args.clip) if args.checkpoint is None else None
    if feature is None:
        embedder = index.open_embedder(args.checkpoint, device=args.device)
        feature = embedder.embed(args.clip)[0]
    neighbours = index.search(feature, args.top, leave_out=index.path_of(args.clip))
    if len(neighbours) < args.top:
        print(
            f'the index holds {len(neighbours)} videos beside the query, all are given (--top '
            f'{args.top})',
            file=sys.stderr,
        )
    if index.short_videos:
        print(said_of(index), file=sys.stderr)
    for rank, (path, similarity) in enumerate(neighbours, 1):
        print(f'{rank:4d}  {similarity:7.4f}  {path}')
    if args.html:
        note = (
            f'Index of {len(index)} videos; weights {index.fingerprint}; cosine similarity; '
            f'{describe(index.protocol)}.' + (f' {said_of(index)}.' if index.short_videos else '')
        )
        save_neighbour_page(args.html, index.path_of(args.clip), neighbours, note)
        print(f'wrote {args.html}', file=sys.stderr)


def main(argv=None) -> None:
    """Index or query."""
    args = parse_args(argv)
    sys.stdout.reconfigure(errors='backslashreplace')  # names of files may be any bytes
    try:
        with stoppable():
            {'index': make_index, 'query': find}[args.command](args)
    except (OSError, ValueError, VideoError, WorkerDied) as error:
        raise SystemExit(f'search.py: error: {error}') from None
    except KeyboardInterrupt:
        raise SystemExit('stopped; what was embedded is kept, call again to go on') from None


if __name__ == '__main__':
    main()
