"""Model cards: what the Hugging Face hub shows of a network, with the head that it reads."""

import re
from typing import Any, Dict, List

import yaml

from ..weights import NamedWeights
from ..weights.record import MODEL, RECORD
from .training_run import in_words

_TAGS = ['video', 'self-supervised-learning', 'feature-extraction', 'mmaction2', 'tev_mmaction']
_BESIDE = dict(flow='hand-made flow', random='random weights', chance='chance')


def model_card(network: NamedWeights) -> str:
    """The text of ``README.md``: a head in YAML as the hub expects it, and a page in Markdown.

    Args:
        network: With its record.
    """
    parts = [
        f'# {network.name}',
        network.description,
        _usage(network),
        f'**Backbone**: {in_words(network.backbone)}.',
        _section('Protocol', _facts(network.protocol)),
        _section('Input', _facts(network.normalisation)),
        _section('Training', _facts(network.training)),
        _section('Results', _results(network.results)),
        _section('Limits', network.limits),
        _section('Licence', network.licence),
        f'`{MODEL}` has the SHA-256 `{network.sha256}`, the weights have the fingerprint '
        f'`{network.fingerprint}`; `{RECORD}` says all of this for programs.',
    ]
    head = yaml.safe_dump(_head(network), sort_keys=False, allow_unicode=True)
    return f'---\n{head}---\n\n' + '\n\n'.join(filter(None, parts)) + '\n'


def _head(network: NamedWeights) -> Dict[str, Any]:
    head: Dict[str, Any] = dict(
        license=_slug(network.licence.partition(';')[0]) or 'unknown',
        library_name='tev_mmaction',
        pipeline_tag='feature-extraction',
        tags=list(_TAGS),
    )
    index = [entry for result in network.results for entry in _index_entry(result)]
    if index:
        head['model-index'] = [dict(name=network.name, results=index)]
    return head


def _index_entry(result: Dict[str, Any]) -> List[Dict[str, Any]]:
    """A result in the hub's terms; none for several numbers in one cell."""
    try:
        value = float(result['value'])
    except (KeyError, TypeError, ValueError):
        return []
    figure = str(result.get('figure', 'figure'))
    dataset = str(result.get('dataset') or figure)
    metric = str(result.get('metric') or figure)
    return [
        dict(
            task=dict(type='video-classification', name='Evaluation of frozen features'),
            dataset=dict(type=_slug(dataset), name=dataset),
            metrics=[dict(type=_slug(metric), name=metric, value=value)],
        )
    ]


def _slug(text: str) -> str:
    return re.sub(r'[^a-z0-9.]+', '-', text.lower()).strip('-')


def _usage(network: NamedWeights) -> str:
    size = network.protocol
    return (
        '```python\n'
        'from tev_mmaction.apis import VideoEmbedder\n\n'
        "embedder = VideoEmbedder('hf://OWNER/REPO')  # or the path of this folder\n"
        "features = embedder.embed(['a.mp4', 'b.mp4'])  # one row a video\n"
        '```\n\n'
        'It needs `pip install "tev_mmaction[hub]"`'
        + (f' ({network.requires})' if network.requires else '')
        + (f'; clips have {size["clip_len"]} frames.' if size.get('clip_len') else '.')
    )


def _section(title: str, text: str) -> str:
    return f'## {title}\n\n{text}' if text else ''


def _facts(values: Dict[str, Any]) -> str:
    return '\n'.join(f'- {key}: {_plain(value)}' for key, value in values.items())


def _plain(value: Any) -> str:
    """Commands and names of files as code."""
    text = str(value)
    code = text.startswith('python ') or (' ' not in text and ('/' in text or '_' in text))
    return f'`{text}`' if code and '`' not in text else text


def _results(results: List[Dict[str, Any]]) -> str:
    if not results:
        return ''
    beside = [key for key in _BESIDE if any(key in result for result in results)]
    head = ['', 'this network', *(_BESIDE[key] for key in beside)]
    rows: List[List[Any]] = [head, ['---'] * len(head)]
    for result in results:
        rows.append([result.get('figure'), result.get('value'), *map(result.get, beside)])
    return '\n'.join('| ' + ' | '.join(map(_cell, row)) + ' |' for row in rows)


def _cell(value: Any) -> str:
    return '–' if value is None else str(value).replace('|', r'\|').replace('\n', ' ')
