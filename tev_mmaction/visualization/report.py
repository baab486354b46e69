"""A page that shows what a run learned: one file that needs nothing from elsewhere."""

from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope

from ..datasets import ClipPairDataset
from ..datasets.readers import VideoError
from ..evaluation import Evaluation, comparable_groups, find_records, read_record
from .chance import with_chance
from .clip_strips import draw_clip_pairs
from .curves import draw_curves, read_curves, read_evaluations
from .equivariance_matrix import draw_equivariance_matrix
from .gallery import STYLE as GALLERY_STYLE
from .gallery import retrieval_gallery
from .html import MOST_BYTES, facts, figure_picture, page
from .result_tables import key_figures, results_table, weights_facts, worst_classes
from .training_run import TrainingRun, read_training_run

_MOST_MATRICES = 6
_GROUPS = 2  # of videos, in the picture of clips
_TEST = 'python tools/test.py with a config of'

_STYLE = """
h2{margin:2.2rem 0 .4rem;border-bottom:1px solid #8886;padding-bottom:.2rem}
h3{font-size:1rem;margin:1.4rem 0 .2rem}
p{max-width:48rem;margin:.3rem 0 .8rem}
nav a{display:inline-block;margin:0 .8rem .3rem 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .9rem .25rem 0;text-align:right;border-bottom:1px solid #8884;font-weight:400}
th:first-child{text-align:left}thead th{font-weight:600;vertical-align:bottom}
dl{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:.15rem 1rem;font-size:.85rem;
margin:.6rem 0}
dt{opacity:.75;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere}
.key{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr));
margin:1rem 0}
.key div{background:#8881;border-radius:.4rem;padding:.7rem 1rem}
.key b{display:block;font-size:1.8rem;line-height:1.2}.key small{display:block;margin-top:.3rem}
.charts{display:grid;gap:.8rem;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr))}
.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr))}
.chart{aspect-ratio:auto;background:#fff}
@media(min-width:64rem){.charts{grid-template-columns:repeat(auto-fill,minmax(12rem,1fr))}
.wide{grid-template-columns:repeat(auto-fill,minmax(24rem,1fr))}}
@media(max-width:40rem){dl{grid-template-columns:5.5rem minmax(0,1fr);gap:.15rem .6rem}}
.strips .chart{min-width:40rem;max-width:56rem}
"""


class Section(NamedTuple):
    """A part of the page; without a body it is left out, and ``how`` says how to get it."""

    title: str
    body: str
    how: str


def report_page(work_dir: Path, named: Sequence[Tuple[str, Path]] = ()) -> str:
    """The report of a run, below 20 MB.

    Args:
        work_dir (Path): Work directory of ``tools/train.py``, of ``tools/test.py``, or of several
            of them. Reports of evaluations below it are shown, too.
        named (Sequence[tuple[str, Path]]): What to call an evaluation, and its work directory or
            report; they come first. Defaults to ().

    Returns:
        str: HTML.

    Raises:
        ValueError: If there is neither a training nor an evaluation, or a named one is none.
    """
    work_dir = Path(work_dir)
    run = None
    with suppress(FileNotFoundError):
        run = read_training_run(work_dir)
    evaluations = _evaluations(work_dir, named)
    if run is None and not evaluations:
        raise ValueError(
            f'{work_dir} is neither the work directory of `python tools/train.py` (there is no '
            'log of a training below it) nor one of `python tools/test.py` with a config of '
            'configs/retrieval, configs/linear or configs/equivariance (there is no '
            'evaluation_*.json)'
        )
    groups = comparable_groups(evaluations)
    retrieval = _first(evaluations, 'RetrievalMetric')
    dataset, why = _training_set(run)
    sections = [
        Section('Protocol', _protocol(run, evaluations), ''),
        Section(
            'Results',
            '\n'.join(map(results_table, groups)),
            f'{_TEST} configs/retrieval or configs/linear measures what the features are worth; '
            'name its work directory among the evaluations of the report',
        ),
        _curves(work_dir, run, dataset, why),
        _clips(dataset, why),
        _matrices(evaluations),
        _gallery_place(retrieval),
        _worst(retrieval),
        _speed(run),
    ]
    text = _assemble(f'Report: {work_dir.resolve().name}', key_figures(groups), sections)
    if retrieval is not None and retrieval.record.details.get('examples'):
        budget = MOST_BYTES - len(text.encode()) - 200_000
        text = text.replace(_PLACE, retrieval_gallery(retrieval.record, budget))
    return text


_PLACE = '<!-- gallery -->'


def _evaluations(work_dir: Path, named: Sequence[Tuple[str, Path]]) -> List[Evaluation]:
    """Every record of the named reports, then of those that are found."""
    reports = [(name, read_record(path)) for name, path in named]
    seen = [report for _, report in reports]
    for name, path in find_records(work_dir):
        report = read_record(path)
        if report not in seen:  # a named one may lie below the work directory
            reports.append((name, report))
    return [
        Evaluation(name, report, record)
        for name, report in reports
        for record in report.evaluations
    ]


def _first(evaluations: Iterable[Evaluation], metric: str) -> Optional[Evaluation]:
    return next((found for found in evaluations if found.record.metric == metric), None)


def _training_set(run: Optional[TrainingRun]) -> Tuple[Optional[ClipPairDataset], str]:
    """The videos of a run, or why there are none."""
    if run is None:
        return None, 'give the work directory of `python tools/train.py`'
    init_default_scope(run.config.get('default_scope', 'mmaction'))
    try:
        dataset = DATASETS.build(run.config.train_dataloader.dataset)
    except (OSError, ValueError) as error:
        return None, f'the training videos cannot be read any more ({error})'
    if not isinstance(dataset, ClipPairDataset):
        return None, f'clips are drawn of a ClipPairDataset, this is a {type(dataset).__name__}'
    return dataset, ''


def _protocol(run: Optional[TrainingRun], evaluations: Sequence[Evaluation]) -> str:
    parts = []
    if run is not None:
        parts += ['<h3>Training</h3>', facts(run.protocol())]
    if evaluations:
        parts += ['<h3>Weights that were evaluated</h3>', weights_facts(evaluations)]
    return '\n'.join(parts)


def _curves(
    work_dir: Path, run: Optional[TrainingRun], dataset: Optional[ClipPairDataset], why: str
) -> Section:
    title = 'Curves'
    if run is None:
        return Section(title, '', 'give the work directory of `python tools/train.py`')
    curves, note = read_curves(str(work_dir)), ''
    if dataset is not None:
        curves = with_chance(curves, run.config.model, lambda: dataset)
    elif any(curve.chance is None for curve in curves):
        note = f' The chance of classification tasks is not known: {escape(why)}.'
    drawn = [
        (draw_curves([curve]), f'loss and accuracy of {curve.task} over training')
        for curve in curves
    ]
    validations = read_evaluations(str(work_dir))
    if validations:
        drawn.append((draw_curves([], validations), 'validations over training'))
    pictures = []
    for figure, alt in drawn:
        figure.set_size_inches(2.6, 4)  # letters must be legible where two share a phone
        pictures.append(figure_picture(figure, alt))
    if not pictures:
        return Section(title, '', 'this training logged no accuracy')
    read = (
        'A task is learned where its accuracy (below) rises above the dashed line, which is what '
        f'guessing gives; a falling loss (above) alone says little.{note}'
    )
    return Section(title, f'<p>{read}</p><div class="charts">{"".join(pictures)}</div>', '')


def _clips(dataset: Optional[ClipPairDataset], why: str) -> Section:
    title = 'What the model is shown'
    if dataset is None:
        return Section(title, '', why)
    count = min(
        _GROUPS * dataset.group_size, len(dataset) // dataset.group_size * dataset.group_size
    )
    indices = np.random.default_rng(0).permutation(len(dataset))[:count]
    try:
        figure = draw_clip_pairs(dataset.__getitems__(indices.tolist()), dataset.group_size)
    except VideoError as error:
        return Section(title, '', f'the training videos cannot be read any more ({error})')
    read = (
        'A row is a clip, in order of playback, as the model sees it. Videos of one group share '
        'the relation of their clips (speeds, directions, shift), whatever they show. '
        'Swipe it sideways on a phone.'
    )
    picture = figure_picture(figure, 'frames of clips from the training videos')
    return Section(title, f'<p>{read}</p><div class="scroll strips">{picture}</div>', '')


def _matrices(evaluations: Sequence[Evaluation]) -> Section:
    found = [
        (e.name, e.record.details['matrix']) for e in evaluations if e.record.details.get('matrix')
    ]
    pictures = [
        figure_picture(
            draw_equivariance_matrix(matrix, name),
            f'similarity of relative transformations to {name}',
        )
        for name, matrix in found[:_MOST_MATRICES]
    ]
    body = ''
    if pictures:
        body = (
            '<p>Pairs of clips of unseen videos, ordered by their shift, against each other: where '
            'the features tell the shift, there is a red band along the diagonal and blue in the '
            'corners far from it. [f_p, f_q] are the features of both clips; ψ(p, q) is what the '
            'equivariance task makes of them. Every picture has a scale of its own.</p>'
            f'<div class="charts wide">{"".join(pictures)}</div>'
        )
    return Section('Equivariance', body, f'{_TEST} configs/equivariance')


def _gallery_place(retrieval: Optional[Evaluation]) -> Section:
    title = 'Nearest neighbours'
    if retrieval is None:
        return Section(title, '', f'{_TEST} configs/retrieval')
    examples = retrieval.record.details.get('examples')
    if not examples:
        return Section(title, '', f'{_TEST} configs/retrieval, and num_examples above 0')
    counts = retrieval.record.counts
    return Section(
        title,
        f'<p>By {escape(retrieval.name)}: a query, then the videos of the gallery that are most '
        'like it, with their cosine similarities; a hit is of its class, a miss of another. '
        f'{len(examples)} of {counts["queries"]} queries, evenly spread, among '
        f'{counts["gallery"]} gallery videos; pictures show up to four seconds from the middle.'
        f'</p>\n{_PLACE}',
        '',
    )


def _worst(retrieval: Optional[Evaluation]) -> Section:
    title = 'Worst classes'
    if retrieval is None or 'per_class' not in retrieval.record.details:
        return Section(title, '', f'{_TEST} configs/retrieval')
    results, chance = (
        found['nn1_mean'] for found in (retrieval.record.results, retrieval.record.chance)
    )
    read = (
        f'By {escape(retrieval.name)}: the classes whose queries most seldom have a nearest video '
        f'of their own class. The mean over classes is {results:.1%}, by guessing {chance:.1%}.'
    )
    return Section(title, f'<p>{read}</p>{worst_classes(retrieval.record)}', '')


def _speed(run: Optional[TrainingRun]) -> Section:
    title = 'Speed of the run'
    if run is None:
        return Section(title, '', 'give the work directory of `python tools/train.py`')
    read = 'Times are medians of what the training logged; wall time has the start-up in it.'
    return Section(title, f'<p>{read}</p>{facts(run.speed())}', '')


def _assemble(title: str, top: str, sections: Sequence[Section]) -> str:
    shown = [section for section in sections if section.body]
    missing = [section for section in sections if not section.body]
    links = ''.join(f'<a href="#s{n}">{section.title}</a>' for n, section in enumerate(shown))
    body = f'{top}\n<nav>{links}</nav>\n' + '\n'.join(
        f'<section id="s{n}"><h2>{section.title}</h2>\n{section.body}</section>'
        for n, section in enumerate(shown)
    )
    if missing:
        body += '<section><h2>Not shown</h2>' + facts([(s.title, s.how) for s in missing])
        body += '</section>'
    return page(title, body, _STYLE + GALLERY_STYLE)
