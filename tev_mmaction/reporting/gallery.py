"""Queries and their nearest neighbours, side by side and in motion."""

from typing import Any, Dict, List, Sequence

from ..evaluation import MetricRecord
from .pages import short_name, video_picture

MOST_EXAMPLES = 40
_MOST_BYTES = 60_000  # of a picture
_AROUND = 3000  # bytes of what stands around a picture, however long its names are


def class_name(label: int, classes: Sequence[str]) -> str:
    """What a class is called, or its number."""
    return str(classes[label])[:60] if label < len(classes) else f'class {label}'


def retrieval_gallery(record: MetricRecord, budget: int) -> List[List[Dict[str, Any]]]:
    """A row of pictures an example of a :class:`RetrievalMetric`: the query, then its neighbours.

    Args:
        record (MetricRecord): Of the metric, with ``examples`` among its details; of more
            than 40, so many are shown, evenly spread.
        budget (int): Bytes that all of it may have on a page.

    Returns:
        list[list[dict]]: Of every video ``path``, ``name``, ``class_name``, ``picture`` (of
        :func:`video_picture`) and ``kind``: ``'query'``, or for neighbours ``'right'`` or
        ``'wrong'``, which have their ``similarity``, too.
    """
    examples = record.details['examples']
    count = min(MOST_EXAMPLES, len(examples))
    chosen = [examples[number * len(examples) // count] for number in range(count)]
    pictures = sum(1 + len(example['neighbours']) for example in chosen)
    # As text bytes are a third more.
    most = min(_MOST_BYTES, int((budget / max(1, pictures) - _AROUND) * 3 / 4))
    drawn: Dict[str, Dict[str, str]] = {}  # videos are often near to several queries

    def shown(video: dict, kind: str) -> Dict[str, Any]:
        path = video['filename']
        if path not in drawn:
            drawn[path] = video_picture(path, most)
        return dict(
            kind=kind,
            path=path[-200:],
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
