"""What all benchmarks share: interleaved runs in CPU time, medians, goals, tables and JSON rows.

A time is that of all threads of this process and of its live children (the workers of a data
loader), so other work on the machine disturbs it little. The contestants of a comparison run in
turns, once each a repeat, in an order that alternates; the first turn of each is not counted.
"""

import argparse
import gc
import json
import multiprocessing
import operator
import resource
import statistics
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import cv2
import torch
from mmengine.registry import init_default_scope

import tev_mmaction  # noqa: F401  (registers the components)
from tev_mmaction.files import write_file

_COMPARISONS = {'>=': operator.ge, '<=': operator.le, '<': operator.lt}


@dataclass(frozen=True)
class Goal:
    """A bound to reach.

    Args:
        sign (str): ``'>='``, ``'<='`` or ``'<'``.
        bound (float): What the figure is compared with.
        applies (bool): False where the goal is not asked for on this machine.
    """

    sign: str
    bound: float
    applies: bool = True

    def verdict(self, value: float) -> str:
        """``'reached'`` or ``'MISSED'``, in brackets where the goal does not apply."""
        word = 'reached' if _COMPARISONS[self.sign](value, self.bound) else 'MISSED'
        return word if self.applies else f'({word}; not asked for here)'

    def __str__(self) -> str:
        return f'{self.sign} {self.bound:g}'


@dataclass
class Spread:
    """Median and range of the repeats of one figure."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> 'Spread':
        """Summarise values."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.low == self.high:
            return short(self.median)
        return f'{short(self.median)} ({short(self.low)} to {short(self.high)})'


@dataclass
class Row:
    """One line of a benchmark's table.

    Args:
        benchmark (str): What is measured.
        case (str): On what.
        unit (str): Of ``ours`` and ``beside``.
        ours (Spread, optional): Our figure; None in a row that was skipped.
        beside (Spread, optional): The figure of the other side.
        beside_what (str): What the other side is.
        figure (Spread, optional): What the goal speaks of, mostly a ratio.
        figure_of (str): How the figure is formed.
        goal (str): The bound, or empty.
        verdict (str): See :meth:`Goal.verdict`; for a skipped row, why.
        repeats (int): How often each side was measured.
    """

    benchmark: str
    case: str
    unit: str = ''
    ours: Optional[Spread] = None
    beside: Optional[Spread] = None
    beside_what: str = ''
    figure: Optional[Spread] = None
    figure_of: str = ''
    goal: str = ''
    verdict: str = ''
    repeats: int = 0

    HEADER = ('benchmark', 'case', 'ours', 'beside', 'figure', 'goal', 'verdict')

    def cells(self) -> Tuple[str, ...]:
        """Texts under :attr:`HEADER`."""
        if self.ours is None:
            return (self.benchmark, self.case, '', '', '', self.goal, self.verdict)
        beside = f'{self.beside_what}: {self.beside} {self.unit}' if self.beside else ''
        figure = f'{self.figure_of}: {self.figure}' if self.figure else ''
        ours = f'{self.ours} {self.unit}'
        return (self.benchmark, self.case, ours, beside, figure, self.goal, self.verdict)


def short(value: float) -> str:
    """Three significant digits, without an exponent."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f'{value:.{digits}f}' if value == 0 or abs(value) >= 0.1 else f'{value:.2g}'


def skipped(benchmark: str, case: str, why: str, goal: Optional[Goal] = None) -> Row:
    """A row that could not be measured."""
    return Row(benchmark, case, goal=str(goal or ''), verdict=f'skipped: {why}')


def compare(
    benchmark: str,
    case: str,
    times: Dict[str, List[float]],
    ours: str,
    beside: str,
    goal: Optional[Goal] = None,
    unit: str = 'ms',
    scale: float = 1000.0,
    inverse: bool = False,
) -> Row:
    """A row from interleaved times.

    Args:
        benchmark (str): See :class:`Row`.
        case (str): See :class:`Row`.
        times (dict[str, list[float]]): CPU seconds by side, as :func:`interleaved` returns them.
        ours (str): Key of our side.
        beside (str): Key of the other side.
        goal (Goal, optional): Bound of the ratio.
        unit (str): Unit after scaling.
        scale (float): From seconds to the unit.
        inverse (bool): Form ours / beside, not beside / ours.

    Returns:
        Row: Its figure is the ratio of the medians, with the range of the ratios of the repeats.
    """
    mine, other = times[ours], times[beside]
    top, bottom = (mine, other) if inverse else (other, mine)
    ratios = [a / b for a, b in zip(top, bottom)]
    ratio = statistics.median(top) / statistics.median(bottom)
    return Row(
        benchmark,
        case,
        unit,
        Spread.of([scale * value for value in mine]),
        Spread.of([scale * value for value in other]),
        beside,
        Spread(ratio, min(ratios), max(ratios)),
        f'{ours} / {beside}' if inverse else f'{beside} / {ours}',
        str(goal or ''),
        goal.verdict(ratio) if goal else '',
        len(mine),
    )


@dataclass
class CpuClock:
    """CPU seconds of this process and of its live children, also of those that go on living."""

    _children: Dict[int, float] = field(default_factory=dict)

    def __call__(self) -> float:
        """Seconds so far. A child's time counts from its start to the last reading of it."""
        for child in multiprocessing.active_children():
            # Linux: the clock of another process, in nanoseconds (see clock_getcpuclockid(3)).
            self._children[child.pid] = time.clock_gettime((~child.pid << 3) | 2)
        return time.process_time() + sum(self._children.values())


def interleaved(
    sides: Dict[str, Callable[[], object]],
    repeats: int,
    clock: Optional[Callable[[], float]] = None,
) -> Dict[str, List[float]]:
    """Seconds of every side, run in turns; CPU seconds unless there is another clock.

    Args:
        sides (dict[str, Callable]): What to run, by name.
        repeats (int): Counted runs of each.
        clock (Callable, optional): Seconds so far. None: a :class:`CpuClock`.

    Returns:
        dict[str, list[float]]: ``repeats`` times by name, in the order of the repeats.
    """
    clock = clock or CpuClock()
    for run in sides.values():
        run()
    times = {name: [] for name in sides}
    for repeat in range(repeats):
        for name in list(sides)[:: -1 if repeat % 2 else 1]:
            gc.collect()
            start = clock()
            sides[name]()
            times[name].append(clock() - start)
    return times


def resident() -> int:
    """Bytes of memory that this process has in use."""
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def parser(description: str, repeats: int = 7) -> argparse.ArgumentParser:
    """The options of all benchmarks."""
    result = argparse.ArgumentParser(description=description.splitlines()[0])
    result.add_argument('--repeats', type=int, default=repeats, help='counted runs of each side')
    result.add_argument('--out', type=Path, help='JSON file for the rows')
    return result


def prepare() -> None:
    """One thread a process, as in a worker of a data loader; MMAction2's scope."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    init_default_scope('mmaction')


def report(rows: List[Row], out: Optional[Path] = None) -> None:
    """Print the rows as a table, and write them as JSON."""
    print(table(rows))
    if out:
        write_file(out, json.dumps([asdict(row) for row in rows], indent=1))


def load_rows(path: Path) -> List[Row]:
    """Read what :func:`report` wrote."""
    rows = []
    for values in json.loads(path.read_text()):
        for name in ('ours', 'beside', 'figure'):
            values[name] = values[name] and Spread(**values[name])
        rows.append(Row(**values))
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [Row.HEADER, ['---'] * len(Row.HEADER), *(row.cells() for row in rows)]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)
