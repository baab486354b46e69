"""Find videos with similar motion.

    tev-search index FOLDER
    tev-search query CLIP --top 10 --html neighbours.html
    tev-search page OUT.html

``index`` embeds the videos of a folder with a network that comes with the package, or with the
backbone of a ``--checkpoint`` of this package or of MMAction2. Called again, it embeds new and
changed videos, removes missing ones, and needs no ``--checkpoint``. A stopped call continues where
it was. ``query`` embeds one more video, or finds it in the index, and prints rank, similarity and
path of its neighbours. ``page`` shows some videos of the index, each beside its neighbours.
"""

import argparse
import os
import sys

from ..apis import EmbeddingIndex, IndexChanges, VideoEmbedder, update_index
from ..apis.views import describe, frames_of_a_clip
from ..datasets.readers import VideoError
from ..datasets.worker_pool import WorkerDied
from ..evaluation.short_videos import said_of_short
from ..files import check_output
from ..reporting import save_collection_page, save_neighbour_page
from ..stopping import stoppable
from ..storage import may_exist
from .console import Progress, print_any_name
from .options import WEIGHTS, add_embedder_options, embedder_options

DEFAULT_INDEX = 'embeddings.safetensors'
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
    query.add_argument('--checkpoint', help='current location of the weights of the index')
    query.add_argument('--device', help='default: cuda if available, otherwise cpu')
    query.add_argument('--top', type=int, default=10, help='number of neighbours; default: 10')
    query.add_argument(
        '--html', metavar='OUT', help='also write an HTML page with animated pictures of them'
    )
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
        raise SystemExit(f'tev-search: error: {error}') from None
    except KeyboardInterrupt:
        raise SystemExit('stopped; what was embedded is kept, call again to go on') from None
