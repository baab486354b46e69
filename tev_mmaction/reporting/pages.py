"""Self-contained HTML pages: they need no network and no other files."""

import base64
import io
from html import escape
from pathlib import Path
from typing import Any, Dict

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from ..datasets.readers import VideoError
from ..files import write_file
from ..listing import cut
from ..visualization.thumbnails import thumbnails

MOST_BYTES = 20_000_000  # of a page
_MOST_OF_A_NAME = 60  # characters

_TEMPLATES = Environment(
    loader=PackageLoader('tev_mmaction.reporting'),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """HTML of a template. All values are inserted as text, never as markup.

    Args:
        template (str): A file of ``templates``.
        **values: Values for the template.
    """
    return _TEMPLATES.get_template(template).render(values)


def save_page(out: Path, text: str) -> None:
    """Write a page; file names may contain any characters.

    Args:
        out: File to write.
        text: HTML of the whole page.

    Raises:
        ValueError: If the folder of ``out`` does not exist.
    """
    out = Path(out)
    if not out.parent.is_dir():
        raise ValueError(f'there is no folder {out.parent} to write {out.name} to')
    write_file(out, text.encode('utf-8', 'replace'))


def size_of(value: Any) -> int:
    """Size in bytes of the text values on a page."""
    if isinstance(value, str):
        return len(escape(value).encode('utf-8', 'replace'))
    if isinstance(value, dict):
        value = value.values()
    return sum(map(size_of, value)) if hasattr(value, '__iter__') else 0


def short_name(path: str) -> str:
    """Folder and name of a file, because names alone are often ambiguous; cut if long."""
    return cut('/'.join(Path(path).parts[-2:]), _MOST_OF_A_NAME)


def video_picture(path: str, max_bytes: int) -> Dict[str, str]:
    """An animated picture of a video, which is still if a user has asked for less motion.

    Args:
        path (str): The video.
        max_bytes (int): Maximum size of its pictures before they are encoded as text.

    Returns:
        dict[str, str]: ``moving`` and ``still`` (``data:`` URIs) and ``alt``; or ``gone``, the
        problem with the video.
    """
    try:
        moving, still = thumbnails(path, max_bytes)
    except VideoError as error:
        return dict(gone=error.reason)
    return dict(moving=moving, still=still, alt=f'{short_name(path)}, moving')


def picture_uri(pixels: np.ndarray, kind: str) -> str:
    """A picture as a ``data:`` URI.

    Args:
        pixels (np.ndarray): Shape (H, W, 4), uint8, RGBA.
        kind (str): ``'PNG'``, without loss, or ``'WEBP'``, smaller.
    """
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return f'data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}'
