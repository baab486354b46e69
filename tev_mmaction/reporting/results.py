"""Figures of evaluations as tables, with their protocol, counts and chance levels."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..evaluation import Evaluation, MetricRecord
from ..evaluation.comparison import without_dimensions
from .gallery import class_name

_TITLES = dict(
    RetrievalMetric='Nearest neighbours and retrieval',
    LinearProbeMetric='Linear SVM',
    ChiralityMetric='Which way',
    EquivarianceMetric='Equivariance',
    TaskMetric='The tasks of the pre-training, on unseen videos',
)
_READ = dict(
    RetrievalMetric='Share of queries that have a gallery video of their class among the k '
    'nearest (R@k).',
    LinearProbeMetric='Share of queries classified correctly by a linear SVM that was trained on '
    'the gallery.',
    ChiralityMetric='How well opposite motions are distinguished: by the nearest video, if it '
    'shows the same kind of motion, and by a linear SVM for each pair of opposites.',
    EquivarianceMetric='How well a linear regression predicts, from the features of two clips of '
    'an unseen video, their relation: R² is 1 for a perfect prediction, 0 for the mean.',
    TaskMetric='How well the heads solve their tasks on videos that were not used for training.',
)
_FIGURES = dict(
    nn1='1-NN accuracy',
    nn1_mean='1-NN, mean over classes',
    top1='accuracy',
    mean1='accuracy, mean over classes',
    C='C, chosen over folds of the gallery',
    folds_top1='accuracy over these folds',
    kind='kind of motion, of opposites',
    which_way='which way, given the kind',
    opposites='opposites by SVM, mean over pairs',
    shift_r2='shift, R²',
    speed_r2='ratio of speeds, R²',
    direction_acc='same or opposite direction, accuracy',
)
# The main figure of a metric, and the counts behind it.
_KEY = dict(
    RetrievalMetric=('nn1', '{queries} queries, {gallery} gallery videos'),
    LinearProbeMetric=('top1', '{queries} queries, {gallery} gallery videos'),
    ChiralityMetric=('which_way', '{queries} queries, {gallery} gallery videos'),
    EquivarianceMetric=('shift_r2', '{test_pairs} pairs of clips of {test_videos} unseen videos'),
)
_WORST = 10


def key_figures(groups: Sequence[Sequence[Evaluation]]) -> List[Dict[str, str]]:
    """The main figure of every metric, beside those of other weights and chance.

    Args:
        groups (Sequence[Sequence[Evaluation]]): Of :func:`comparable_groups`.

    Returns:
        list[dict[str, str]]: ``value``, ``title`` of the metric, ``figure``, ``name`` of the
        weights, ``beside``, ``counts``; empty without evaluations.
    """
    cards: Dict[str, Dict[str, str]] = {}
    for first, *others in groups:
        record = first.record
        figure, counts = _KEY.get(record.metric, (None, ''))
        if record.metric in cards or figure not in record.results:
            continue
        beside = [(other.name, other.record.results.get(figure)) for other in others]
        beside.append(('chance', record.chance[figure]))
        cards[record.metric] = dict(
            value=_shown(figure, record.results[figure]),
            title=_TITLES[record.metric],
            figure=_FIGURES[figure],
            name=first.name,
            beside=', '.join(f'{name} {_shown(figure, value)}' for name, value in beside),
            counts=counts.format(**record.counts),
        )
    return list(cards.values())


def results_table(group: Sequence[Evaluation]) -> Dict[str, Any]:
    """Results of one protocol, side by side, with protocol, counts and chance.

    Args:
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.

    Returns:
        dict: ``title``, how to ``read`` it, ``head`` and ``rows``, and ``facts``.
    """
    record = group[0].record
    # Figures that only one evaluation has, such as the accuracy over folds of a single C.
    figures = dict.fromkeys(name for other in group for name in other.record.results)
    rows = [
        [
            _FIGURES.get(figure, figure),
            *[_shown(figure, other.record.results.get(figure)) for other in group],
            _shown(figure, record.chance.get(figure)),
        ]
        for figure in figures
    ]
    protocol = dict(record.protocol)
    if 'classes' in protocol:
        protocol['classes'] = f'{len(protocol["classes"])} named'
    said = [
        ('protocol', _listed(protocol)),
        ('counts', _listed(without_dimensions(record.counts))),
        ('lists', _listed(record.lists)),
    ]
    said += [(f'warning, {other.name}', text) for other in group for text in other.record.warnings]
    return dict(
        title=_TITLES.get(record.metric, record.metric),
        read=_READ.get(record.metric, ''),
        head=['', *[other.name for other in group], 'chance'],
        rows=rows,
        facts=said,
    )


def _listed(values: dict) -> str:
    return ', '.join(f'{name.replace("_", " ")} {value}' for name, value in values.items())


def _shown(figure: str, value: Optional[float]) -> str:
    if value is None:
        return '–'
    if figure == 'C':
        return f'{value:g}'
    return f'{value:.3f}' if figure.endswith('_r2') else f'{value:.1%}'


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


def worst_classes(record: MetricRecord) -> Dict[str, list]:
    """The classes with the lowest accuracies, and the classes they are confused with.

    Args:
        record (MetricRecord): Record of a metric that stores ``per_class``.

    Returns:
        dict[str, list]: ``head`` and ``rows`` of a table.
    """
    classes = record.protocol['classes']
    worst = sorted(record.details['per_class'], key=lambda row: row['accuracy'])[:_WORST]
    rows: List[List[str]] = []
    for row in worst:
        taken = 'never taken for another'
        if row['times']:
            taken = f'{class_name(row["taken_for"], classes)} ({row["times"]} times)'
        rows.append(
            [
                class_name(row['label'], classes),
                f'{row["accuracy"]:.1%}',
                f'{row["right"]} of {row["queries"]}',
                taken,
            ]
        )
    head = ['class', '1-NN accuracy', 'queries right', 'most often taken for']
    return dict(head=head, rows=rows)
