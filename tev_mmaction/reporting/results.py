"""Results of evaluations: main figures, bars and tables, with protocol, counts and chance."""

from typing import Any, Dict, List, Sequence, Tuple

from ..evaluation import Evaluation
from ..evaluation.comparison import without_dimensions
from .bars import bar_charts, by_name, legend, shortfall, spread_of
from .figures import EXPLAINED, MAIN, METRICS, figure_title, shown

_WORST = 10


def key_figures(groups: Sequence[Sequence[Evaluation]]) -> List[Dict[str, str]]:
    """The main figure of every metric, beside those of other weights and chance.

    Args:
        groups (Sequence[Sequence[Evaluation]]): Of :func:`comparable_groups`.

    Returns:
        list[dict[str, str]]: ``value``, ``title`` of the metric, ``figure``, ``name`` of the
        weights, ``beside``, ``counts``, and ``note`` if it falls behind random weights or chance;
        empty without evaluations.
    """
    cards: Dict[str, Dict[str, str]] = {}
    for group in groups:
        record = group[0].record
        figure, counts = MAIN.get(record.metric, ('', ''))
        if record.metric in cards or figure not in record.results:
            continue
        beside = []
        for name, evaluations in by_name(group).items():
            spread = spread_of(figure, [evaluation.record for evaluation in evaluations])
            beside.append((name, None if spread is None else spread.mean))
        (name, value), *others = [*beside, ('chance', record.chance.get(figure))]
        cards[record.metric] = dict(
            value=shown(figure, value),
            title=METRICS[record.metric],
            figure=figure_title(figure),
            name=name,
            beside=' · '.join(f'{other} {shown(figure, found)}' for other, found in others),
            counts=counts.format(**record.counts),
            note=shortfall(figure, name, group),
        )
    return list(cards.values())


def results_of(group: Sequence[Evaluation]) -> Dict[str, Any]:
    """Results of one protocol, side by side, with protocol, counts and chance.

    Args:
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.

    Returns:
        dict: ``title``, how to ``read`` it, ``charts`` and their ``legend``, ``head`` and ``rows``
        of a table of all figures, ``warnings`` and ``facts``.
    """
    record = group[0].record
    # Figures that only one evaluation has, such as the accuracy over folds of a single C.
    figures = dict.fromkeys(name for other in group for name in other.record.results)
    rows = [
        [
            figure_title(figure),
            *[shown(figure, other.record.results.get(figure)) for other in group],
            shown(figure, record.chance.get(figure)),
        ]
        for figure in figures
    ]
    protocol = dict(record.protocol)
    if 'classes' in protocol:
        protocol['classes'] = f'{len(protocol["classes"])} named'
    facts = [
        ('protocol', _listed(protocol)),
        ('counts', _listed(without_dimensions(record.counts))),
        ('lists', _listed(record.lists)),
    ]
    warnings = [f'{other.name}: {text}' for other in group for text in other.record.warnings]
    charts = bar_charts(group)
    return dict(
        title=METRICS.get(record.metric, record.metric),
        read=EXPLAINED.get(record.metric, ''),
        charts=charts,
        legend=legend(group) if charts else '',
        head=['', *[other.name for other in group], 'chance'],
        rows=rows,
        warnings=list(dict.fromkeys(warnings)),  # seeds of a model often share them
        facts=[(name, text) for name, text in facts if text],
    )


def _listed(values: dict) -> str:
    return ', '.join(f'{name.replace("_", " ")} {value}' for name, value in values.items())


def weights_facts(evaluations: Sequence[Evaluation]) -> List[Tuple[str, str]]:
    """The weights behind every name.

    Args:
        evaluations (Sequence[Evaluation]): Of any metrics.

    Returns:
        list[tuple[str, str]]: Names and descriptions.
    """
    configs: Dict[Tuple[str, str], List[str]] = {}
    for name, record, _ in evaluations:
        version = f'tev_mmaction {record.tev_mmaction}'
        if record.commit:
            version += f', commit {record.commit}'
        weights = f'{record.backbone}, fingerprint {record.fingerprint}, {record.origin}; {version}'
        used = configs.setdefault((name, weights), [])
        if str(record.config) not in used:
            used.append(str(record.config))
    return [(name, f'{said}; config {", ".join(used)}') for (name, said), used in configs.items()]
