"""Queries and their nearest neighbours, side by side and animated."""

from typing import Any, Dict, List, Sequence

from ..evaluation import MetricRecord
from ..listing import cut
from .pages import short_name, video_picture

MOST_EXAMPLES = 40
_MOST_BYTES = 60_000  # of a picture
_AROUND = 3000  # bytes of the markup around a picture, however long its names are


def class_name(label: int, classes: Sequence[str]) -> str:
    """Name of a class, or its number."""
    return cut(str(classes[label]), 60) if label < len(classes) else f'class {label}'


def retrieval_gallery(record: MetricRecord, budget: int) -> List[List[Dict[str, Any]]]:
    """A row of pictures for each example of a :class:`RetrievalMetric`: query, then neighbours.

    Args:
        record (MetricRecord): Record of the metric, with ``examples`` among its details. At most
            40 examples are shown, evenly spaced.
        budget (int): Maximum size of all pictures on a page, in bytes.

    Returns:
        list[list[dict]]: For every video ``path``, ``name``, ``class_name``, ``picture`` (see
        :func:`video_picture`) and ``kind``: ``'query'``, or for neighbours ``'right'`` or
        ``'wrong'``. Neighbours also have ``similarity``.
    """
    examples = record.details['examples']
    count = min(MOST_EXAMPLES, len(examples))
    chosen = [examples[number * len(examples) // count] for number in range(count)]
    pictures = sum(1 + len(example['neighbours']) for example in chosen)
    # Encoded as text, bytes take a third more.
    most = min(_MOST_BYTES, int((budget / max(1, pictures) - _AROUND) * 3 / 4))
    drawn: Dict[str, Dict[str, str]] = {}  # videos are often neighbours of several queries

    def shown(video: dict, kind: str) -> Dict[str, Any]:
        path = video['filename']
        if path not in drawn:
            drawn[path] = video_picture(path, most)
        return dict(
            kind=kind,
            path=cut(path, 200),
            name=short_name(path),
            class_name=class_name(video['label'], record.protocol['classes']),
            picture=drawn[path],
            similarity=video.get('similarity'),
        )

    return [
        [
            shown(example, 'query'),
            *(
                shown(video, 'right' if video['label'] == example['label'] else 'wrong')
                for video in example['neighbours']
            ),
        ]
        for example in chosen
    ]
