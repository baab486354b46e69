"""Find videos with similar motion.

    tev-search index FOLDER
    tev-search query CLIP --top 10 --html neighbours.html
    tev-search query CLIP --in LONG_VIDEO --html places.html
    tev-search page OUT.html

``index`` embeds the videos of a folder with a network that comes with the package, or with the
backbone of a ``--checkpoint`` of this package or of MMAction2. Called again, it embeds new and
changed videos, removes missing ones, and needs no ``--checkpoint``. A stopped call continues where
it was. ``query`` embeds one more video, or finds it in the index, and prints rank, similarity and
path of its neighbours. With ``--in``, it needs no index: it prints the places in a long video that
move like the clip. ``page`` shows some videos of the index, each beside its neighbours.
"""

import argparse
import json
import os
import sys

from ..apis import EmbeddingIndex, IndexChanges, VideoEmbedder, update_index
from ..apis.views import describe, frames_of_a_clip
from ..apis.window_grid import UNITS
from ..datasets.readers import VideoError
from ..datasets.worker_pool import WorkerDied
from ..evaluation.short_videos import said_of_short
from ..files import check_output, write_file
from ..reporting import save_collection_page, save_neighbour_page
from ..stopping import stoppable
from ..storage import may_exist
from ..texts import with_flags
from .console import Progress, print_any_name
from .options import WEIGHTS, add_embedder_options, embedder_options, protocol_options
from .places import TOP as MOST_PLACES
from .places import find_places

DEFAULT_INDEX = 'embeddings.safetensors'
TOP = 10  # neighbours of a query
GRID_OPTIONS = ('window', 'stride', 'unit')
MOST_SHOWN = 300  # pictures on a page


def parse_args(argv=None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest='command', required=True)
    index = commands.add_parser('index', help='embed the new videos of a folder')
    index.add_argument('folder', help='searched recursively')
    query = commands.add_parser('query', help='find videos that move alike')
    query.add_argument('clip', help='path or URL of the query video')
    page = commands.add_parser('page', help='show some videos of the index beside their neighbours')
    page.add_argument('out', help='HTML page to write')
    for command in (index, query, page):
        command.add_argument(
            '--index', default=DEFAULT_INDEX, help=f'embedding index; default: {DEFAULT_INDEX}'
        )
    known = f'that of the index, where there is one already, else {WEIGHTS}'
    add_embedder_options(index, known)
    index.add_argument(
        '--retry-broken', action='store_true', help='retry files that were broken before'
    )
    add_embedder_options(query, f'that of the index; with --in, {WEIGHTS}')
    query.add_argument(
        '--top',
        type=int,
        help=f'neighbours to find; default: {TOP}. With --in, places; default: {MOST_PLACES}',
    )
    query.add_argument(
        '--html', metavar='OUT', help='also write an HTML page with animated pictures of them'
    )
    query.add_argument('--json', metavar='OUT', help='also write what was found as JSON')
    within = query.add_argument_group('places in a video')
    within.add_argument(
        '--in', dest='video', metavar='VIDEO', help='find places in this video, not in the index'
    )
    within.add_argument('--window', type=float, help='length of a place; default: half of the clip')
    within.add_argument(
        '--stride', type=float, help='from one window to the next; default: a quarter of a window'
    )
    within.add_argument('--unit', choices=UNITS, help='of window and stride; default: seconds')
    page.add_argument('--queries', type=int, default=12, help='videos to show; default: 12')
    page.add_argument('--top', type=int, default=5, help='neighbours of each; default: 5')
    return parser.parse_args(argv)


def make_index(args: argparse.Namespace) -> None:
    """Begin an index or bring it up to date, and say what was done."""
    options = embedder_options(args)
    if os.path.exists(args.index):
        index = EmbeddingIndex.load(args.index)
        embedder = index.open_embedder(args.checkpoint, args.config, **options)
        index.checkpoint = embedder.checkpoint
    else:
        embedder = VideoEmbedder(args.checkpoint or WEIGHTS, args.config, **options)
        index = EmbeddingIndex.of(embedder)
    print(f'weights {embedder.fingerprint} of {embedder.checkpoint}; {describe(embedder.protocol)}')

    progress = Progress(embedder.protocol)
    changes = update_index(
        index, args.folder, embedder, args.index, args.retry_broken, progress=progress
    )
    report(changes)
    if index.short_videos:
        print(said_of(index))
    embedded = len(changes.added) + len(changes.changed)
    if embedded:
        print(progress.line(embedded))
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
    if args.video is not None:
        return find_places(args)
    for name in GRID_OPTIONS:
        if getattr(args, name) is not None:
            raise ValueError(f'--{name} is for places in a video: name the video with --in')
    index = EmbeddingIndex.load(args.index)
    if may_exist(args.clip) is False:
        raise VideoError(args.clip, 'does not exist')
    feature = None
    if args.checkpoint is None and args.config is None and not protocol_options(args):
        feature = index.feature_of(args.clip)
    if feature is None:
        options = dict(embedder_options(args), num_workers=0)  # for one video
        embedder = index.open_embedder(args.checkpoint, args.config, **options)
        feature = embedder.embed(args.clip)[0]
    top = TOP if args.top is None else args.top
    neighbours = index.search(feature, top, leave_out=index.path_of(args.clip))
    if len(neighbours) < top:
        print(
            f'the index holds {len(neighbours)} videos beside the query, all are given (--top '
            f'{top})',
            file=sys.stderr,
        )
    if index.short_videos:
        print(said_of(index), file=sys.stderr)
    for rank, (path, similarity) in enumerate(neighbours, 1):
        print(f'{rank:4d}  {similarity:7.4f}  {path}')
    if args.json:
        found = [neighbour._asdict() for neighbour in neighbours]
        content = dict(
            query=args.clip, neighbours=found, index=args.index, fingerprint=index.fingerprint
        )
        write_file(args.json, json.dumps(content) + '\n')
        print(f'wrote {args.json}', file=sys.stderr)
    if args.html:
        save_neighbour_page(args.html, index.path_of(args.clip), neighbours, note_of(index))
        print(f'wrote {args.html}', file=sys.stderr)


def note_of(index: EmbeddingIndex) -> str:
    """How neighbours were found."""
    return (
        f'Index of {len(index)} videos; weights {index.fingerprint}; cosine similarity; '
        f'{describe(index.protocol)}.' + (f' {said_of(index)}.' if index.short_videos else '')
    )


def show(args: argparse.Namespace) -> None:
    """Write the page of some videos, evenly spread, and their neighbours."""
    pictures = args.queries * (1 + args.top)
    if args.queries < 1 or pictures > MOST_SHOWN:
        raise ValueError(
            f'--queries {args.queries} --top {args.top}: {pictures} pictures, 1 to {MOST_SHOWN} '
            'fit on a page'
        )
    index = EmbeddingIndex.load(args.index)
    check_output(args.out)
    names = sorted(index.features)
    count = min(args.queries, len(names))
    chosen = [names[number * len(names) // count] for number in range(count)]
    rows = [(path, index.search(index.features[path], args.top, leave_out=path)) for path in chosen]
    save_collection_page(args.out, rows, len(index), note_of(index))
    print(os.path.abspath(args.out))


def main(argv=None) -> None:
    """Index, query or show."""
    args = parse_args(argv)
    print_any_name()
    try:
        with stoppable():
            {'index': make_index, 'query': find, 'page': show}[args.command](args)
    except (OSError, ValueError, VideoError, WorkerDied) as error:
        said = with_flags(error, GRID_OPTIONS)
        raise SystemExit(f'tev-search: error: {said}') from None
    except KeyboardInterrupt:
        kept = 'what was embedded is kept, call again to go on'
        if getattr(args, 'video', None) is not None:
            kept = 'nothing was written'
        raise SystemExit(f'stopped; {kept}') from None
