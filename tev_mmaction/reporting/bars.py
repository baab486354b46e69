"""Bars with their spread, as values for a template, which draws them as SVG."""

import statistics
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from scipy.stats import binomtest

from ..evaluation import Evaluation, MetricRecord
from ..listing import cut
from .figures import figure_title, is_share, shown

MOST_NAMES = 6  # more are easier to read in a table
_MOST_OF_A_NAME = 24  # characters
_SHARE = dict(axis='share of 100%', ticks=['0', '25', '50', '75', '100%'])
_R2 = dict(axis='R²', ticks=['0', '0.25', '0.5', '0.75', '1'])


class Spread(NamedTuple):
    """A figure over the seeds of a model, with its spread.

    Args:
        mean (float): Over the seeds.
        low (float, optional): Mean minus sample standard deviation over several seeds; for one,
            lower end of the 95% Wilson interval for the number of tested videos; None if the figure
            is not a share of videos.
        high (float, optional): The other end.
        values (list[float]): Of every seed.
    """

    mean: float
    low: Optional[float]
    high: Optional[float]
    values: List[float]


def spread_of(figure: str, records: Sequence[MetricRecord]) -> Optional[Spread]:
    """A figure over the seeds of a model; None if none of them has it.

    Args:
        figure (str): Its name.
        records (Sequence[MetricRecord]): A record for each seed, of one protocol.
    """
    values = [record.results[figure] for record in records if figure in record.results]
    if not values:
        return None
    mean = statistics.mean(values)
    if len(values) > 1:
        deviation = statistics.stdev(values)
        return Spread(mean, mean - deviation, mean + deviation, values)
    count = _videos_behind(figure, records[0])
    if not count:
        return Spread(mean, None, None, values)
    interval = binomtest(round(mean * count), count).proportion_ci(method='wilson')
    return Spread(mean, float(interval.low), float(interval.high), values)


def _videos_behind(figure: str, record: MetricRecord) -> int:
    """Number of videos that a figure is a share of; 0 for means over classes, and for R²."""
    if figure == 'nn1' or figure.startswith('R@') or figure.removeprefix('top').isdigit():
        return record.counts.get('queries') or record.counts.get('videos') or 0
    return 0


def by_name(group: Sequence[Evaluation]) -> Dict[str, List[Evaluation]]:
    """Evaluations by their names, which several seeds of a model share.

    Args:
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.
    """
    named: Dict[str, List[Evaluation]] = {}
    for evaluation in group:
        named.setdefault(evaluation.name, []).append(evaluation)
    return named


def shortfall(figure: str, name: str, group: Sequence[Evaluation]) -> str:
    """Whether a figure falls behind random weights or chance, in words; ``''`` if it does not.

    Args:
        figure (str): Its name.
        name (str): Of the weights. Random weights themselves have no shortfall.
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.
    """
    named = by_name(group)
    own = spread_of(figure, [other.record for other in named[name]])
    if own is None or named[name][0].source.has_random_weights:
        return ''
    for others in named.values():
        random = spread_of(figure, [other.record for other in others])
        if random and others[0].source.has_random_weights and own.mean < random.mean:
            said = f'worse than random weights ({shown(figure, random.mean)})'
            if own.high is not None and random.low is not None and own.high >= random.low:
                said += '; their error bars overlap'
            return said
    chance = group[0].record.chance.get(figure)
    if chance is not None and own.mean <= chance:
        return f'not above chance ({shown(figure, chance)})'
    return ''


def bar_charts(group: Sequence[Evaluation]) -> List[Dict[str, Any]]:
    """Values of the macro ``bars`` in ``plots.html``: a chart for shares, and one for R².

    Args:
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.

    Returns:
        list[dict]: Empty if there are too many weights to compare, or no figure has a chance level.
    """
    named = by_name(group)
    if len(named) > MOST_NAMES:
        return []
    record = group[0].record
    figures = [name for name in record.results if name in record.chance]
    if 'nn1' in figures:  # the same
        figures = ['nn1', *(name for name in figures if name not in ('R@1', 'nn1'))]
    charts = []
    for share, axis in ((True, _SHARE), (False, _R2)):
        blocks = [_block(figure, group, named) for figure in figures if is_share(figure) == share]
        if blocks:
            charts.append(dict(axis, blocks=blocks))
    return charts


def _block(
    figure: str, group: Sequence[Evaluation], named: Dict[str, List[Evaluation]]
) -> Dict[str, Any]:
    """One figure of all weights."""
    chance = group[0].record.chance[figure]
    bars = []
    for number, (name, evaluations) in enumerate(named.items()):
        spread = spread_of(figure, [evaluation.record for evaluation in evaluations])
        if spread is None:
            continue
        several = len(spread.values) > 1
        bars.append(
            dict(
                name=cut(name, _MOST_OF_A_NAME),
                whole_name=name,
                own=number == 0,
                seeds=len(spread.values),
                text=shown(figure, spread.mean),
                width=_place(spread.mean),
                low=None if spread.low is None else _place(spread.low),
                high=None if spread.high is None else _place(spread.high),
                dots=[_place(value) for value in spread.values] if several else [],
                spread=_in_words(figure, spread),
                note=shortfall(figure, name, group),
            )
        )
    return dict(
        title=figure_title(figure),
        chance=_place(chance),
        chance_text=shown(figure, chance),
        bars=bars,
    )


def _place(value: float) -> float:
    """Percent of the length of the axis, which begins at 0."""
    return round(100 * min(1.0, max(0.0, value)), 2)


def _in_words(figure: str, spread: Spread) -> str:
    if spread.low is None or spread.high is None:
        return ''
    if len(spread.values) > 1:
        deviation = spread.high - spread.mean
        return f'± {100 * deviation:.1f}' if is_share(figure) else f'± {deviation:.3f}'
    return f'{100 * spread.low:.0f}–{100 * spread.high:.0f}'


def legend(group: Sequence[Evaluation]) -> str:
    """What the lines on the bars mean.

    Args:
        group (Sequence[Evaluation]): Of :func:`comparable_groups`.
    """
    said = []
    sizes = {len(evaluations) for evaluations in by_name(group).values()}
    if 1 in sizes and any(_videos_behind(f, group[0].record) for f in group[0].record.chance):
        said.append(
            'Error bar of one run: 95% interval, from the number of tested videos (Wilson).'
        )
    if max(sizes) > 1:
        said.append('Error bar of several seeds: sample standard deviation; dots are the seeds.')
    return ' '.join(said)
