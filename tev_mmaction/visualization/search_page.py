"""A page that shows a clip and those that move like it, side by side and in motion."""

import os
from html import escape
from pathlib import Path
from typing import Sequence, Tuple

from .html import page, save_page, short_name, video_picture

MOST_PICTURES = 100
_BUDGET = 13_000_000  # bytes of all pictures; text makes them a third longer
_MOST_BYTES = 200_000

_STYLE = """
ol{list-style:none;padding:0;display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
.query{max-width:16rem}
"""


def neighbour_page(query: str, neighbours: Sequence[Tuple[str, float]], note: str) -> str:
    """One HTML page without anything from elsewhere, below 20 MB.

    Args:
        query (str): The video that was asked with.
        neighbours (Sequence[tuple[str, float]]): Videos and similarities, the nearest first. Of
            more than 100, the first 100 are shown, and the page says so.
        note (str): How they were found; shown at the end.

    Returns:
        str: HTML. A video that is gone or broken by now has a word in the place of its picture.
    """
    shown = neighbours[:MOST_PICTURES]
    most = min(_MOST_BYTES, _BUDGET // (len(shown) + 1))
    items = [
        f'<li>{_figure(path, f"<b>{rank}</b> · similarity {similarity:.3f}", most)}</li>'
        for rank, (path, similarity) in enumerate(shown, 1)
    ]
    counts = f'The {len(shown)} nearest'
    if len(shown) < len(neighbours):
        counts += f' of {len(neighbours)} that were found'
    return page(
        f'Clips that move like {short_name(query)}',
        f'<div class="query">{_figure(query, "<b>query</b>", most)}</div>\n'
        f'<h2>{counts}</h2>\n<ol>\n' + '\n'.join(items) + '\n</ol>\n'
        f'<p><small>Pictures show up to four seconds from the middle of a video, at its own '
        f'speed. {escape(note)}</small></p>',
        _STYLE,
    )


def save_neighbour_page(
    out: os.PathLike, query: str, neighbours: Sequence[Tuple[str, float]], note: str
) -> None:
    """Write the page of :func:`neighbour_page`.

    Raises:
        ValueError: If there is no folder to write it to.
    """
    save_page(Path(out), neighbour_page(query, neighbours, note))


def _figure(path: str, caption: str, max_bytes: int) -> str:
    return (
        f'<figure title="{escape(str(path))}">{video_picture(path, max_bytes)}<figcaption>'
        f'{caption}<br>{escape(short_name(path))}</figcaption></figure>'
    )
