"""A page that shows a clip and those that move like it, side by side and in motion."""

import os
from html import escape
from pathlib import Path
from typing import Sequence, Tuple

from ..datasets.readers import VideoError
from .thumbnails import moving_thumbnail

MOST_PICTURES = 100
_BUDGET = 13_000_000  # bytes of all pictures; text makes them a third longer
_MOST_BYTES = 200_000

_STYLE = """
:root{color-scheme:light dark;font:16px/1.4 system-ui,sans-serif}
body{margin:0 auto;padding:1rem;max-width:72rem}
h1{font-size:1.2rem}
ol{list-style:none;padding:0;display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
img,.gone{width:100%;aspect-ratio:4/3;object-fit:contain;background:#8882;border-radius:.4rem}
.gone{display:flex;align-items:center;justify-content:center;text-align:center;font-size:.8rem}
figure{margin:0}
figcaption{font-size:.8rem;overflow-wrap:anywhere}
.query{max-width:16rem}
small{opacity:.75}
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
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>Clips that move like {_name(query)}</title>\n<style>{_STYLE}</style></head>\n'
        f'<body><h1>Clips that move like {_name(query)}</h1>\n'
        f'<div class="query">{_figure(query, "<b>query</b>", most)}</div>\n'
        f'<h2>{counts}</h2>\n<ol>\n' + '\n'.join(items) + '\n</ol>\n'
        f'<p><small>Pictures show up to four seconds from the middle of a video, at its own '
        f'speed. {escape(note)}</small></p></body></html>\n'
    )


def save_neighbour_page(
    out: os.PathLike, query: str, neighbours: Sequence[Tuple[str, float]], note: str
) -> None:
    """Write the page of :func:`neighbour_page`.

    Raises:
        ValueError: If there is no folder to write it to.
    """
    out = Path(out)
    if not out.parent.is_dir():
        raise ValueError(f'there is no folder {out.parent} to write {out.name} to')
    out.write_bytes(neighbour_page(query, neighbours, note).encode('utf-8', 'replace'))


def _figure(path: str, caption: str, max_bytes: int) -> str:
    try:
        source = moving_thumbnail(path, max_bytes)
        picture = f'<img src="{source}" alt="{_name(path)}, moving">'
    except VideoError as error:
        picture = f'<div class="gone">{escape(error.reason)}</div>'
    return (
        f'<figure title="{escape(str(path))}">{picture}<figcaption>{caption}<br>'
        f'{_name(path)}</figcaption></figure>'
    )


def _name(path: str) -> str:
    """Folder and name, fit for HTML: the folder often tells what a name does not."""
    return escape('/'.join(Path(path).parts[-2:]))
