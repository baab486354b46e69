"""``tev-search query CLIP --in VIDEO``: where in a long video something moves like a clip."""

import argparse
import json
import sys
from typing import List

from ..apis import EmbeddingIndex, Localisation, VideoEmbedder, localise
from ..apis.video_views import WindowViews
from ..apis.views import describe_views
from ..datasets.readers import VideoError
from ..evaluation.short_videos import said_of_short
from ..files import write_file
from ..reporting import SimilarityCurve, clock, save_places_page
from ..storage import may_exist
from .console import WindowProgress
from .options import WEIGHTS, embedder_options

TOP = 5


def find_places(args: argparse.Namespace) -> None:
    """Print the best places, and write them to files if asked to."""
    for file in filter(None, (args.html, args.json)):
        EmbeddingIndex.check_place(file)
    for path in (args.clip, args.video):
        if may_exist(path) is False:
            raise VideoError(path, 'does not exist')
    embedder = VideoEmbedder(args.checkpoint or WEIGHTS, args.config, **embedder_options(args))
    with WindowProgress() as progress:

        def note(views: WindowViews) -> None:
            progress(views.done / len(views.windows), 1)

        found = localise(
            embedder,
            args.clip,
            args.video,
            args.window,
            args.stride,
            args.unit or 'seconds',
            TOP if args.top is None else args.top,
            note,
        )
    if embedder.short_videos:
        print(said_of_short(1, 1, embedder.frames_of_a_clip), file=sys.stderr)
    for line in lines_of(found):
        print(line)
    if args.json:
        settings = dict(embedder.protocol.to_dict(), fingerprint=embedder.fingerprint)
        content = dict(found.to_dict(), checkpoint=embedder.checkpoint, protocol=settings)
        write_file(args.json, json.dumps(content) + '\n')
        print(f'wrote {args.json}', file=sys.stderr)
    if args.html:
        save_places_page(args.html, found.query, curve_of(found), note_of(found, embedder))
        print(f'wrote {args.html}', file=sys.stderr)


def lines_of(found: Localisation) -> List[str]:
    """Rank, similarity and time of each place, and what is usual."""
    fps = found.windows.fps
    lines = [
        f'{rank:4d}  {place.similarity:7.4f}  {clock(place.start_frame, fps)} to '
        f'{clock(place.end_frame, fps)}'
        for rank, place in enumerate(found.places, 1)
    ]
    return [*lines, f'median of {len(found.windows)} windows: {found.median:.4f}']


def curve_of(found: Localisation) -> SimilarityCurve:
    """What the page shows."""
    windows = found.windows
    return SimilarityCurve(
        found.video,
        windows.num_frames,
        windows.fps,
        windows.start_frames,
        windows.window_frames,
        found.similarities,
        found.places,
    )


def note_of(found: Localisation, embedder: VideoEmbedder) -> str:
    """How places were found."""
    return (
        f'Windows of {found.windows.window_frames} frames; weights {embedder.fingerprint}; cosine '
        f'similarity, standardised by the windows; {describe_views(embedder.protocol)}.'
    )
