"""The figures of a study, stored in its JSON file, for existing and for deleted runs."""

import json
import platform
import re
import statistics
from pathlib import Path
from typing import Any, Dict, List, Optional

from study import Run, Study

from tev_mmaction.evaluation import MetricRecord


def evaluation_of(run: Run, figure: dict) -> Optional[MetricRecord]:
    """The record of the metric that a figure is from, None where there is none yet."""
    if figure['test'] not in run.tests():
        return None
    for evaluation in run.evaluations(figure['test']):
        if evaluation.metric == figure['metric']:
            return evaluation
    return None


def value_of(run: Run, figure: dict) -> Optional[float]:
    """One figure of one run, None where it is not tested or not yet."""
    evaluation = evaluation_of(run, figure)
    return evaluation and evaluation.results.get(figure['result'])


def chance_of(study: Study, figure: dict) -> Optional[float]:
    """What guessing gives, as a test says it."""
    for run in study.runs():
        evaluation = evaluation_of(run, figure)
        if evaluation and figure['result'] in evaluation.chance:
            return evaluation.chance[figure['result']]
    return None


def collect(study: Study, recorded: dict) -> Dict[str, dict]:
    """Mean, sample standard deviation, values and commits of every figure of every row, in percent.

    A seed of the study whose run is gone keeps the value that is recorded, with the commits of that
    figure.

    Args:
        study (Study): Some of whose runs are there.
        recorded (dict): The facts that were written before; {} if there are none.
    """
    rows: Dict[str, dict] = {}
    for row in study.rows:
        runs = [Run(study, row, seed) for seed in study.seeds_of(row)]
        rows[row] = {}
        for name, figure in study.figures.items():
            found = {run: value_of(run, figure) for run in runs}
            found = {run: 100 * value for run, value in found.items() if value is not None}
            kept = recorded.get('rows', {}).get(row, {}).get(name, {})
            pairs = zip(kept.get('seeds', ()), kept.get('values', ()))
            old = {seed: value for seed, value in pairs if seed in study.seeds_of(row)}
            if found or old:
                rows[row][name] = summary_of(found, old, kept.get('commits', []))
    return rows


def summary_of(found: Dict[Run, float], old: Dict[int, float], old_commits: List[str]) -> dict:
    """Mean, spread, values, seeds and commits of a figure.

    Args:
        found (dict): Values by the runs that are there.
        old (dict): Values that were recorded, by seeds.
        old_commits (list[str]): Of these.
    """
    commits = {commit for run in found for commit in run.record()['commits']}
    if set(old) - {run.seed for run in found}:
        commits |= set(old_commits)
    values = {**old, **{run.seed: round(value, 4) for run, value in found.items()}}
    seeds = sorted(values)
    drawn = [values[seed] for seed in seeds]
    return dict(
        mean=round(statistics.mean(drawn), 4),
        std=round(statistics.stdev(drawn) if len(drawn) > 1 else 0.0, 4),
        values=drawn,
        seeds=seeds,
        commits=sorted(commits),
    )


def protocols(study: Study) -> Dict[str, str]:
    """What was measured how, and on how much, by test and metric."""
    said: Dict[str, str] = {}
    for run in study.runs():
        for test in run.tests():
            config = run.settings.get('configs', {}).get(test, study.tests[test]['config'])
            for evaluation in run.evaluations(test):
                facts = dict(evaluation.protocol)
                facts.pop('classes', None)
                counts = evaluation.counts.items()
                facts.update({k: v for k, v in counts if 'dimensions' not in k})
                words = ', '.join(f'{key} {value}' for key, value in facts.items())
                name = f'`{evaluation.metric}` ({test}, `{config}`)'
                said.setdefault(name, words)
    return said


def commands(study: Study, recorded: Dict[str, List[str]]) -> Dict[str, List[str]]:
    """Command lines by row: of the runs that are there, after those recorded of other seeds."""
    said = {row: list(lines) for row, lines in recorded.items() if row in study.rows}
    for run in study.runs():
        done = run.record()['commands']
        if done:
            folder = '/'.join(run.folder.parts[-3:])  # study, row and seed
            own = re.compile(rf'--work-dir (\S*/)?{re.escape(folder)}[/ ]')
            kept = [line for line in said.get(run.row, []) if not own.search(line)]
            new = [f'{each["command"]}  # {_duration(each["seconds"])}' for each in done]
            said[run.row] = kept + new
    return said


def _duration(seconds: Optional[float]) -> str:
    return 'not finished' if seconds is None else f'{seconds:.0f} s'


def read_facts(path: Path) -> Dict[str, Any]:
    """What was written of a study before; {} if nothing was."""
    return json.loads(path.read_text()) if path.exists() else {}


def facts_of(study: Study, recorded: dict) -> Dict[str, Any]:
    """All that a page tells, but for its pictures; fit for JSON.

    Args:
        study (Study): Some of whose runs are there.
        recorded (dict): Of :func:`read_facts`. What has no run any more is taken from there.
    """
    rows = collect(study, recorded)
    chances = {name: chance_of(study, figure) for name, figure in study.figures.items()}
    chance = {name: round(100 * v, 2) for name, v in chances.items() if v is not None}
    old = {k: v for k, v in recorded.get('chance', {}).items() if k in study.figures}
    said = protocols(study)
    moved = {_without_folders(name) for name in said}  # the config has another folder now
    protocols_kept = {
        name: words
        for name, words in recorded.get('protocols', {}).items()
        if name in said or _without_folders(name) not in moved
    }
    used = {commit for row in rows.values() for each in row.values() for commit in each['commits']}
    return dict(
        rows=rows,
        unit='percent; mean and sample standard deviation over the seeds',
        chance={**old, **chance},
        seeds=list(study.seeds),
        commits=sorted(used),
        machine=machines(study, rows, recorded.get('machine', '')),
        protocols={**protocols_kept, **said},
        commands=commands(study, recorded.get('commands', {})),
    )


def _without_folders(protocol: str) -> str:
    """The name of a protocol, with that of its config alone."""
    return re.sub(r'`[^`]*/', '`', protocol)


def machines(study: Study, rows: Dict[str, dict], recorded: str) -> str:
    """Processors of the runs that are there, and those recorded if figures are of others."""
    named, there = set(), set()
    for run in study.runs():
        record = run.record()
        named |= set(record.get('machines', []))
        if record['commands'] and 'machines' in record:
            there.add((run.row, run.seed))
    shown = {(row, seed) for row in rows for each in rows[row].values() for seed in each['seeds']}
    if shown - there:
        named |= set(filter(None, recorded.split('; ')))
    return '; '.join(sorted(named)) or processor()


def processor() -> str:
    """Model of the processor."""
    info = Path('/proc/cpuinfo')
    found = info.exists() and re.search(r'^model name\s*:\s*(.+)$', info.read_text(), re.M)
    return found[1].strip() if found else platform.machine()
