"""Queries and their nearest neighbours, side by side and in motion."""

from html import escape
from typing import Dict, Sequence

from ..evaluation import MetricRecord
from .html import short_name, video_picture

MOST_EXAMPLES = 40
_MOST_BYTES = 60_000  # of a picture
_AROUND = 3000  # bytes of what stands around a picture, however long its names are

STYLE = """
.example{display:grid;gap:.6rem;grid-template-columns:repeat(6,minmax(0,1fr));padding:.8rem 0;
border-top:1px solid #8884}
.example figure:first-child{padding-right:.6rem;border-right:1px solid #8886}
.example img{border:3px solid transparent;box-sizing:border-box}
.right img{border-color:#2a9d4a}.wrong img{border-color:#d1453b}
.right b{color:#2a9d4a}.wrong b{color:#d1453b}
.example small{display:block}
@media(max-width:40rem){.example{grid-template-columns:repeat(3,minmax(0,1fr))}
.example figure:first-child{padding:0;border:0}.example small{display:none}}
"""


def class_name(label: int, classes: Sequence[str]) -> str:
    """What a class is called, or its number."""
    return str(classes[label])[:60] if label < len(classes) else f'class {label}'


def retrieval_gallery(record: MetricRecord, budget: int) -> str:
    """A row of pictures an example of a :class:`RetrievalMetric`: the query, then its neighbours.

    Args:
        record (MetricRecord): Of the metric, with ``examples`` among its details; of more
            than 40, so many are shown, evenly spread.
        budget (int): Bytes that all of it may have as text.

    Returns:
        str: HTML, for a page with :data:`STYLE`.
    """
    examples = record.details['examples']
    count = min(MOST_EXAMPLES, len(examples))
    chosen = [examples[number * len(examples) // count] for number in range(count)]
    pictures = sum(1 + len(example['neighbours']) for example in chosen)
    # As text bytes are a third more.
    most = min(_MOST_BYTES, int((budget / max(1, pictures) - _AROUND) * 3 / 4))
    drawn: Dict[str, str] = {}  # videos are often near to several queries

    def figure(video: dict, kind: str, caption: str) -> str:
        path = video['filename']
        if path not in drawn:
            drawn[path] = video_picture(path, most)
        name = escape(class_name(video['label'], record.protocol['classes']))
        return (
            f'<figure class="{kind}" title="{escape(path[-200:])}">{drawn[path]}<figcaption>'
            f'{caption} {name}<small>{escape(short_name(path))}</small></figcaption></figure>'
        )

    rows = []
    for example in chosen:
        row = [figure(example, 'query', '<b>query</b>')]
        for neighbour in example['neighbours']:
            right = neighbour['label'] == example['label']
            caption = f'<b>{"✓ hit" if right else "✗ miss"}</b> {neighbour["similarity"]:.2f}<br>'
            row.append(figure(neighbour, 'right' if right else 'wrong', caption))
        rows.append(f'<div class="example">{"".join(row)}</div>')
    return '\n'.join(rows)
