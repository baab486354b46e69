"""Records are comparable if they differ only in the weights."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .records import EvaluationRecord, MetricRecord

# Fields that must be equal in two records before their figures are compared.
_SAME = ('metric', 'protocol', 'settings', 'lists', 'counts')


class Evaluation(NamedTuple):
    """The record of one metric, the record of its file, and the name of the evaluated model."""

    name: str
    source: EvaluationRecord
    record: MetricRecord


def check_comparable(names: Sequence[str], records: Sequence[EvaluationRecord]) -> None:
    """Refuse records that differ in more than the weights.

    Args:
        names: Names of the evaluations.
        records: Their records, in the same order.

    Raises:
        ValueError: If they do; the message names the difference.
    """
    first = records[0]
    for name, record in zip(names[1:], records[1:]):
        if len(record.evaluations) != len(first.evaluations):
            raise ValueError(
                f'{names[0]} and {name} have not the same metrics: {_metrics(first)} and '
                f'{_metrics(record)}'
            )
        for mine, other in zip(first.evaluations, record.evaluations):
            found = _difference(first, mine, record, other)
            if found:
                raise ValueError(f'{names[0]} and {name} differ in {found}')


def _metrics(record: EvaluationRecord) -> str:
    return ', '.join(evaluation.metric for evaluation in record.evaluations) or 'none'


def comparable_groups(evaluations: Sequence[Evaluation]) -> List[List[Evaluation]]:
    """Group evaluations with the same protocol, so that only these are shown side by side.

    Evaluations of one name in a group are repetitions with other seeds.

    Args:
        evaluations: Evaluations, in the order in which they are shown.

    Raises:
        ValueError: If two evaluations of one group have the same name, but the same weights, or
            those of another kind of model.
    """
    groups: List[List[Evaluation]] = []
    for evaluation in evaluations:
        for group in groups:
            first = group[0]
            if not _difference(first.source, first.record, evaluation.source, evaluation.record):
                break
        else:
            groups.append(group := [])
        for other in group:
            if other.name == evaluation.name and not _are_repetitions(other, evaluation):
                raise ValueError(
                    f'two results of {evaluation.record.metric} are called {evaluation.name!r}: '
                    'give them names of their own (one name is for several seeds of one model)'
                )
        group.append(evaluation)
    return groups


def _are_repetitions(one: Evaluation, other: Evaluation) -> bool:
    """Whether these are different weights of one model, all trained or none of them."""
    alike = ('backbone', 'model', 'has_random_weights')
    return one.source.fingerprint != other.source.fingerprint and all(
        getattr(one.source, key) == getattr(other.source, key) for key in alike
    )


def _difference(
    first: EvaluationRecord, mine: MetricRecord, second: EvaluationRecord, other: MetricRecord
) -> Optional[str]:
    """Differences between two records (each given after its file's) other than the weights."""
    if second.pipeline != first.pipeline:
        return 'their pipelines'
    for key in _SAME:
        one, two = (getattr(record, key) for record in (mine, other))
        if key == 'counts':
            one, two = without_dimensions(one), without_dimensions(two)
        if one != two:
            return f'{key}: {one} and {two}'
    return None


def without_dimensions(counts: Dict[str, Any]) -> Dict[str, Any]:
    """Counts, except those of feature dimensions, which may differ between backbones."""
    return {k: v for k, v in counts.items() if not k.endswith('dimensions')}
