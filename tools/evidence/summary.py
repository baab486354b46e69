"""The pages of a study: a table, curves, matrices, and the command lines that made them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Optional

from bars import draw_bars, draw_lines
from matplotlib import colormaps
from matplotlib.figure import Figure
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from record import facts_of, read_facts
from study import ROOT, Run, Study

from tev_mmaction.files import make_folder, write_file
from tev_mmaction.reporting import classifiers_of, majority_shares, read_curves
from tev_mmaction.visualization import draw_equivariance_matrix, save_picture


def table(study: Study, facts: dict) -> List[str]:
    """Lines of a Markdown table, chance below."""
    figures = study.figures
    lines = ['| | ' + ' | '.join(figure['label'] for figure in figures.values()) + ' |']
    lines.append('|---|' + '---|' * len(figures))
    for row, found in facts['rows'].items():
        cells = [cell(found[name]) if name in found else '–' for name in figures]
        name = label(row, found, len(study.seeds_of(row)))
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    chances = [facts['chance'].get(name) for name in figures]
    cells = ['–' if chance is None else f'{chance:.1f}' for chance in chances]
    return [*lines, '| chance | ' + ' | '.join(cells) + ' |']


def label(row: str, found: Dict[str, dict], seeds: int) -> str:
    """The name of a row, and of how many seeds it is where some are not run yet."""
    run = min((len(figure['values']) for figure in found.values()), default=0)
    return f'`{row}`' if run in (0, seeds) else f'`{row}` ({run} of {seeds} seeds)'


def cell(figure: dict) -> str:
    """A mean, and a spread where there is more than one value."""
    spread = f' ± {figure["std"]:.1f}' if len(figure['values']) > 1 else ''
    return f'{figure["mean"]:.1f}{spread}'


def origins(facts: dict) -> List[str]:
    """Which rows were made at which commits, a line each; none where all were made at the same."""
    rows_of: Dict[tuple, List[str]] = {}
    for row, figures in facts['rows'].items():
        commits = {commit for figure in figures.values() for commit in figure['commits']}
        if commits:
            rows_of.setdefault(tuple(sorted(commits)), []).append(f'`{row}`')
    if len(rows_of) < 2:
        return []
    lines = [
        f'- {", ".join(rows)}: {", ".join(f"`{commit}`" for commit in commits)}'
        for commits, rows in rows_of.items()
    ]
    return ['Rows by the commits that they were made at:', '', *lines, '']


def guessing(run: Run) -> Dict[str, float]:
    """What guessing gives in the classification tasks of a training, on its own draws.

    Empty where the videos are not there any more.
    """
    cfg = Config.fromfile(ROOT / run.folder / Path(run.settings['train']).name)
    if 'heads' not in cfg.model:  # a supervised training
        return {}
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
    shades = colormaps['tab10' if len(trained) <= 10 else 'tab20'].colors
    places = figure.subplots(lines, columns, squeeze=False).flat
    for (task, rows), axes in zip(tasks.items(), places):  # takes no place too many
        shown = trained if len(trained) <= len(shades) else list(rows)  # else, some were alike
        for row, curves in rows.items():
            color = shades[shown.index(row) % len(shades)]
            for number, curve in enumerate(curves):
                label = row if number == 0 else None
                axes.plot(
                    curve.iterations, curve.accuracy, color=color, label=label,
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
        for evaluation in Run(study, row, study.seeds[0]).evaluations(test):
            if evaluation.details.get('matrix'):
                names.append(f'{study.name}_matrix_{row}.png')
                figure = draw_equivariance_matrix(evaluation.details['matrix'], row)
                save_picture(figure, out / names[-1], dpi=70)
    return names


def write(study: Study, out: Path) -> None:
    """Write ``<study>.json``, ``<study>.md`` and the pictures.

    What was written before of rows whose runs are gone stays, with its commits.

    Args:
        study (Study): Of which some runs are done.
        out (Path): Folder, made if it is missing.
    """
    curves = draw_training(study)  # first, so that pages and values are written together
    recorded = read_facts(out / f'{study.name}.json')
    facts = facts_of(study, recorded)
    make_folder(out)
    pictures = draw_pictures(study, facts, recorded, curves, out)
    write_file(out / f'{study.name}.json', json.dumps(facts, indent=1) + '\n')
    absent = [row for row, found in facts['rows'].items() if not found]
    lines = [
        f'# {study.title}',
        '',
        f'Made by `python tools/evidence/run.py {study.name}`. Mean ± sample standard deviation '
        f'over the seeds {", ".join(map(str, study.seeds))}; '
        f'commits {", ".join(f"`{each}`" for each in facts["commits"]) or "unknown"}; '
        f'{facts["machine"]}.',
        '',
        *table(study, facts),
        '',
        *origins(facts),
        *([f'**Not run yet**: {", ".join(absent)}.', ''] if absent else []),
        '## Protocols',
        '',
        *(f'- {name}: {words}' for name, words in facts['protocols'].items()),
        *pictures,
        *('', '## Command lines', '', '```shell'),
        *(f'python {step["command"]}' for step in study.prepare),
        *(line for lines in facts['commands'].values() for line in lines),
    ]
    write_file(out / f'{study.name}.md', '\n'.join([*lines, '```', '']))


def draw_pictures(
    study: Study, facts: dict, recorded: dict, curves: Optional[Figure], out: Path
) -> List[str]:
    """Draw what the runs show, keep the pictures of runs that are gone; lines of the page.

    A picture of curves has the rows whose runs are there. One that has others stays, and the new
    one stands beside it.
    """
    lines: List[str] = []
    for number, group in enumerate(study.bars):
        name = f'{study.name}_bars{number or ""}.png'
        save_picture(draw_bars(study, facts, group), out / name, dpi=70)
        lines += ['', f'![{group["title"]}]({name})']
    for number, group in enumerate(study.lines):
        name = f'{study.name}_lines{number or ""}.png'
        save_picture(draw_lines(facts, group), out / name, dpi=70)
        lines += ['', f'![{group["title"]}]({name})']
    trained = [row for row, settings in study.rows.items() if 'train' in settings]
    drawn = [
        row
        for row in trained
        if any(run.row == row and run.record()['commands'] for run in study.runs())
    ]
    kept = recorded.get('curves', {})
    lost = [name for name, rows in kept.items() if set(rows) - set(drawn)]
    facts['curves'] = {name: kept[name] for name in lost if (out / name).exists()}
    if curves:
        name = f'{study.name}_curves{"_more" if facts["curves"] else ""}.png'
        save_picture(curves, out / name, dpi=70)
        facts['curves'][name] = drawn
    if facts['curves']:
        lines += ['', '## Training', '', *(f'![curves]({name})' for name in facts['curves'])]
    names = draw_matrices(study, out)
    asked = [f'{study.name}_matrix_{matrix["row"]}.png' for matrix in study.matrices]
    names = [name for name in asked if name in names or (recorded and (out / name).exists())]
    if names:
        lines += ['', '## Similarity of relative transformations, ordered by shift', '']
        lines += [f'![{name}]({name})' for name in names]
    return lines
