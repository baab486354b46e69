"""Parts of pages that need nothing but themselves: they open from a disk, on a phone or not."""

import base64
import io
from html import escape
from pathlib import Path
from typing import Sequence

from matplotlib.figure import Figure

from ..datasets.readers import VideoError
from ..files import write_file
from .thumbnails import thumbnails

MOST_BYTES = 20_000_000  # of a page
# A browser refuses whatever a page would load from elsewhere.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light dark;font:16px/1.4 system-ui,sans-serif}
body{margin:0 auto;padding:1rem;max-width:72rem}
h1{font-size:1.3rem;overflow-wrap:anywhere}h2{font-size:1.15rem}
img,.gone{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:#8882;
border-radius:.4rem}
.gone{display:flex;align-items:center;justify-content:center;text-align:center;font-size:.8rem;
overflow:hidden;overflow-wrap:anywhere}
figure{margin:0}
figcaption{font-size:.8rem;margin-top:.3rem;overflow-wrap:anywhere}
small{opacity:.75}
"""


def page(title: str, body: str, style: str = '') -> str:
    """A whole page.

    Args:
        title (str): Plain text.
        body (str): HTML below the title.
        style (str): CSS beside what pages share. Defaults to ``''``.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<style>{_STYLE}{style}</style></head>\n'
        f'<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n'
    )


def save_page(out: Path, text: str) -> None:
    """Write a page, whatever characters are in the names of files.

    Raises:
        ValueError: If there is no folder to write it to.
    """
    out = Path(out)
    if not out.parent.is_dir():
        raise ValueError(f'there is no folder {out.parent} to write {out.name} to')
    write_file(out, text.encode('utf-8', 'replace'))


def short_name(path: str) -> str:
    """Folder and name of a file, their end if long: the folder often tells what a name does not."""
    return '/'.join(Path(path).parts[-2:])[-100:]


def video_picture(path: str, max_bytes: int) -> str:
    """A moving picture of a video, which stands still where a user has asked for less motion.

    Args:
        path (str): The video. If it is gone or broken by now, a word takes the picture's place.
        max_bytes (int): The most that its pictures may have before they are written as text.
    """
    try:
        moving, still = thumbnails(path, max_bytes)
    except VideoError as error:
        return f'<div class="gone">{escape(error.reason)}</div>'
    return (
        f'<picture><source media="(prefers-reduced-motion: reduce)" srcset="{still}">'
        f'<img src="{moving}" alt="{escape(short_name(path))}, moving"></picture>'
    )


def figure_picture(figure: Figure, alt: str, max_bytes: int = 1_500_000) -> str:
    """A matplotlib figure as a picture within the page.

    Args:
        figure (Figure): Drawn as a PNG, of lower resolution if it would be too large.
        alt (str): What it shows, for who cannot see it.
        max_bytes (int): The most that the picture may have before it is written as text.
    """
    for dpi in (160, 110, 70, 40, 20):
        buffer = io.BytesIO()
        figure.savefig(buffer, format='png', dpi=dpi)
        if buffer.tell() <= max_bytes:
            break
    content = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="chart" src="data:image/png;base64,{content}" alt="{escape(alt)}">'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text; the first cell of every row names it."""
    top = ''.join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = [
        f'<tr><th scope="row">{escape(first)}</th>'
        + ''.join(f'<td>{escape(cell)}</td>' for cell in rest)
        + '</tr>'
        for first, *rest in rows
    ]
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>\n<tbody>'
        + '\n'.join(lines)
        + '</tbody></table></div>'
    )


def facts(pairs: Sequence[Sequence[str]]) -> str:
    """Names and what there is to say of them, in plain text."""
    return (
        '<dl>'
        + '\n'.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in pairs)
        + '</dl>'
    )
