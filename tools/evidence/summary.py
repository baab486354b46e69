"""The pages of a study: a table, curves, matrices, and the command lines that made them."""

import json
import platform
import re
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Optional

from matplotlib.figure import Figure
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from study import ROOT, Run, Study

from tev_mmaction.visualization import (
    classifiers_of,
    draw_equivariance_matrix,
    majority_shares,
    read_curves,
)


def value_of(run: Run, figure: dict) -> Optional[float]:
    """One figure of one run, None where it is not tested or not yet."""
    if figure['test'] not in run.tests():
        return None
    report = run.report(figure['test'])
    for evaluation in report['evaluations'] if report else ():
        if evaluation['metric'] == figure['metric']:
            return evaluation['results'].get(figure['result'])
    return None


def chance_of(study: Study, figure: dict) -> Optional[float]:
    """What guessing gives, as a test says it."""
    for run in study.runs():
        if figure['test'] in run.tests():
            report = run.report(figure['test'])
            for evaluation in report['evaluations'] if report else ():
                if evaluation['metric'] == figure['metric']:
                    return evaluation['chance'].get(figure['result'])
    return None


def collect(study: Study) -> Dict[str, dict]:
    """Mean, sample standard deviation and values of every figure of every row, in percent.

    A row's figure is there when all its seeds are.
    """
    rows = {}
    for row in study.rows:
        rows[row] = {}
        for name, figure in study.figures.items():
            values = [value_of(Run(study, row, seed), figure) for seed in study.seeds]
            if None not in values:
                values = [100 * value for value in values]
                spread = statistics.stdev(values) if len(values) > 1 else 0.0
                rows[row][name] = dict(
                    mean=round(statistics.mean(values), 4),
                    std=round(spread, 4),
                    values=[round(value, 4) for value in values],
                )
    return rows


def table(study: Study, rows: Dict[str, dict]) -> List[str]:
    """Lines of a Markdown table, chance below."""
    figures = study.figures
    lines = ['| | ' + ' | '.join(figure['label'] for figure in figures.values()) + ' |']
    lines.append('|---|' + '---|' * len(figures))
    for row, found in rows.items():
        cells = [
            f'{found[name]["mean"]:.1f} ± {found[name]["std"]:.1f}' if name in found else '–'
            for name in figures
        ]
        lines.append(f'| `{row}` | ' + ' | '.join(cells) + ' |')
    chances = [chance_of(study, figure) for figure in figures.values()]
    cells = ['–' if chance is None else f'{100 * chance:.1f}' for chance in chances]
    return [*lines, '| chance | ' + ' | '.join(cells) + ' |']


def guessing(run: Run) -> Dict[str, float]:
    """What guessing gives in the classification tasks of a training, on its own draws.

    Empty where the videos are not there any more.
    """
    cfg = Config.fromfile(ROOT / run.folder / Path(run.settings['train']).name)
    data = cfg.train_dataloader.dataset
    data.data_root = str(ROOT / data.data_root)  # trainings run there
    if not Path(data.data_root).exists():
        return {}
    init_default_scope(cfg.default_scope)
    return majority_shares(DATASETS.build(data), classifiers_of(cfg.model))


def draw_training(study: Study) -> Optional[Figure]:
    """Training accuracy of every task, a line a row and a shade a seed; None without training."""
    tasks: Dict[str, Dict[str, list]] = {}
    chances: Dict[str, Dict[str, float]] = {}  # of each row
    for run in study.runs():
        if 'train' in run.settings and list((ROOT / run.folder).glob('*/vis_data/scalars.json')):
            if run.row not in chances:
                chances[run.row] = guessing(run)
            for curve in read_curves(str(ROOT / run.folder)):
                # Drawn anew: the labels of a short run are too few for a tenth of a percent.
                curve = replace(curve, chance=chances[run.row].get(curve.task, curve.chance))
                tasks.setdefault(curve.task, {}).setdefault(run.row, []).append(curve)
    if not tasks:
        return None
    columns = min(3, len(tasks))
    lines = -(-len(tasks) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.4 * lines), layout='constrained')
    trained = [row for row, settings in study.rows.items() if 'train' in settings]
    colours = {row: f'C{number}' for number, row in enumerate(trained)}
    places = figure.subplots(lines, columns, squeeze=False).flat
    for (task, rows), axes in zip(tasks.items(), places):  # takes no place too many
        for row, curves in rows.items():
            for number, curve in enumerate(curves):
                label = row if number == 0 else None
                axes.plot(
                    curve.iterations, curve.accuracy, color=colours[row], label=label,
                    linewidth=1, alpha=0.8)  # fmt: skip
        known = {round(c.chance, 3) for curves in rows.values() for c in curves if c.chance}
        for number, chance in enumerate(sorted(known)):  # rows may differ in it
            label = 'chance' if number == 0 else None
            axes.axhline(chance, color='0.4', linestyle='--', linewidth=1, label=label)
        axes.set(title=task, xlabel='iteration', ylim=(0, None))
        axes.legend(frameon=False, fontsize='small')
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel('top-1 accuracy in training')
    for axes in places:  # that are left
        axes.remove()
    return figure


def draw_matrices(study: Study, out: Path) -> List[str]:
    """One picture a row, of the first seed; the names of those that are there."""
    names = []
    for row, test in ((matrix['row'], matrix['test']) for matrix in study.matrices):
        report = Run(study, row, study.seeds[0]).report(test)
        for evaluation in report['evaluations'] if report else ():
            if evaluation.get('matrix'):
                names.append(f'{study.name}_matrix_{row}.png')
                draw_equivariance_matrix(evaluation['matrix'], row).savefig(out / names[-1], dpi=70)
    return names


def protocols(study: Study) -> List[str]:
    """A line a test: what was measured how, and on how much."""
    lines = []
    for name, test in study.tests.items():
        reports = [run.report(name) for run in study.runs() if name in run.tests()]
        report = next((report for report in reports if report), None)
        for evaluation in report['evaluations'] if report else ():
            said = dict(evaluation['protocol'])
            said.pop('classes', None)
            said.update({k: v for k, v in evaluation['counts'].items() if 'dimensions' not in k})
            words = ', '.join(f'{key} {value}' for key, value in said.items())
            lines.append(f'- `{evaluation["metric"]}` ({name}, `{test["config"]}`): {words}')
    return lines


def processor() -> str:
    """Model of the processor."""
    info = Path('/proc/cpuinfo')
    found = info.exists() and re.search(r'^model name\s*:\s*(.+)$', info.read_text(), re.M)
    return found[1].strip() if found else platform.machine()


def write(study: Study, out: Path) -> None:
    """Write ``<study>.json``, ``<study>.md`` and the pictures.

    Args:
        study (Study): Of which some runs are done.
        out (Path): Folder, made if it is missing.
    """
    curves = draw_training(study)  # first, so that pages and values are written together
    rows = collect(study)
    out.mkdir(parents=True, exist_ok=True)
    records = [run.record() for run in study.runs()]
    commits = sorted({commit for record in records for commit in record['commits']})
    chances = {name: chance_of(study, figure) for name, figure in study.figures.items()}
    facts = dict(
        rows=rows,
        unit='percent; mean and sample standard deviation over the seeds',
        chance={k: round(100 * v, 2) for k, v in chances.items() if v is not None},
        seeds=list(study.seeds),
        commits=commits,
        machine=processor(),
    )
    (out / f'{study.name}.json').write_text(json.dumps(facts, indent=1) + '\n')
    first = next(iter(study.figures))
    absent = [row for row, found in rows.items() if first not in found]
    lines = [
        f'# {study.title}',
        '',
        f'Made by `python tools/evidence/run.py {study.name}`. Mean ± sample standard deviation '
        f'over the seeds {", ".join(map(str, study.seeds))}; '
        f'commits {", ".join(f"`{each}`" for each in commits) or "unknown"}; {processor()}.',
        '',
        *table(study, rows),
        '',
        *([f'**Not all seeds are there**: {", ".join(absent)}.', ''] if absent else []),
        '## Protocols',
        '',
        *protocols(study),
    ]
    if curves:
        curves.savefig(out / f'{study.name}_curves.png', dpi=70)
        lines += ['', '## Training', '', f'![curves]({study.name}_curves.png)']
    matrices = draw_matrices(study, out)
    if matrices:
        lines += ['', '## Similarity of relative transformations, ordered by shift', '']
        lines += [f'![{name}]({name})' for name in matrices]
    lines += ['', '## Command lines', '', '```shell']
    lines += [f'python {step["command"]}' for step in study.prepare]
    for record in records:
        lines += [f'{each["command"]}  # {each["seconds"]:.0f} s' for each in record['commands']]
    (out / f'{study.name}.md').write_text('\n'.join([*lines, '```', '']))
