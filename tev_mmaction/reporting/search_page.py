"""Pages that show clips and clips with similar motion, side by side and animated."""

import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .pages import render, save_page, short_name, video_picture

MOST_PICTURES = 100
_BUDGET = 13_000_000  # bytes of all pictures; text makes them a third longer
_MOST_BYTES = 200_000


def neighbour_page(query: str, neighbours: Sequence[Tuple[str, float]], note: str) -> str:
    """One self-contained HTML page below 20 MB.

    Args:
        query (str): The query video.
        neighbours (Sequence[tuple[str, float]]): Videos and similarities, the nearest first. At
            most 100 are shown; the page then gives the number found.
        note (str): How they were found; shown at the end.

    Returns:
        str: HTML. A text replaces the picture of a video that is missing or broken by now.
    """
    shown = neighbours[:MOST_PICTURES]
    most = min(_MOST_BYTES, _BUDGET // (len(shown) + 1))
    videos = [dict(_video(path, most), similarity=similarity) for path, similarity in shown]
    return render(
        'search.html',
        title=f'Clips that move like {short_name(query)}',
        query=_video(query, most),
        neighbours=videos,
        found=len(neighbours),
        note=note,
    )


def save_neighbour_page(
    out: os.PathLike, query: str, neighbours: Sequence[Tuple[str, float]], note: str
) -> None:
    """Write the page of :func:`neighbour_page`.

    Args:
        out: File to write.
        query: Path of the query.
        neighbours: Neighbours of the query, nearest first.
        note: A sentence for the head of the page.

    Raises:
        ValueError: If the folder of ``out`` does not exist.
    """
    save_page(Path(out), neighbour_page(query, neighbours, note))


def save_collection_page(
    out: os.PathLike,
    rows: Sequence[Tuple[str, Sequence[Tuple[str, float]]]],
    total: int,
    note: str,
) -> None:
    """Write a page of some videos of a collection, each with its neighbours.

    Args:
        out (PathLike): File to write, below 20 MB.
        rows (Sequence[tuple[str, Sequence[tuple[str, float]]]]): Videos, each with its
            neighbours and their similarities, the nearest first.
        total (int): Number of videos of the collection.
        note (str): How they were found; shown at the end.

    Raises:
        ValueError: If the folder of ``out`` does not exist.
    """
    count = sum(1 + len(neighbours) for _, neighbours in rows)
    most = min(_MOST_BYTES, _BUDGET // max(1, count))
    drawn: Dict[str, Dict[str, Any]] = {}

    def shown(path: str, similarity: Optional[float] = None) -> Dict[str, Any]:
        if path not in drawn:
            drawn[path] = _video(path, most)
        return dict(drawn[path], similarity=similarity)

    videos: List[List[Dict[str, Any]]] = [
        [shown(query), *(shown(path, similarity) for path, similarity in neighbours)]
        for query, neighbours in rows
    ]
    text = render(
        'collection.html', title='Videos that move alike', rows=videos, total=total, note=note
    )
    save_page(Path(out), text)


def _video(path: str, max_bytes: int) -> Dict[str, Any]:
    """Values of a video for a page."""
    return dict(path=str(path), name=short_name(path), picture=video_picture(path, max_bytes))
