"""The report: a self-contained HTML page that shows what a run learned."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope

from ..datasets import ClipPairDataset
from ..datasets.readers import VideoError
from ..evaluation import Evaluation, comparable_groups, find_records, read_record
from .chance import with_chance
from .class_sections import classes, maps
from .curve_plots import health_plots, task_plots, validation_plots
from .gallery import retrieval_gallery
from .heat_maps import heat_map
from .history import read_curves, read_evaluations, read_health
from .pages import MOST_BYTES, render, size_of
from .results import key_figures, results_of, weights_facts
from .strips import clip_rows
from .training_run import TrainingRun, read_training_run

_MOST_MATRICES = 6
_GROUPS = 2  # of videos, among the clips
_SHOWN = 6  # examples of neighbours; the others are unfolded
_TEST = 'run `python tools/test.py` with a config of'
_CLASSES = f'{_TEST} configs/retrieval, configs/linear or configs/finetune'
_TRAIN = 'give the work directory of `python tools/train.py`'


class Section(NamedTuple):
    """A section of the report. Without values it is omitted, and ``how`` explains how to get them.

    Args:
        title (str): Its heading.
        template (str): Its name in ``templates/report``.
        values (dict): Values for the template.
        how (str): What to do if there are no values. Defaults to ``''``.
    """

    title: str
    template: str
    values: Dict[str, Any]
    how: str = ''


def report_page(work_dir: Path, named: Sequence[Tuple[str, Path]] = ()) -> str:
    """The report of a run, below 20 MB.

    Args:
        work_dir (Path): Work directory of ``tools/train.py`` or ``tools/test.py``, or a parent of
            several of them. Records of evaluations below it are shown, too.
        named (Sequence[tuple[str, Path]]): Name of an evaluation, and its work directory or
            record; they come first. Defaults to ().

    Returns:
        str: HTML.

    Raises:
        ValueError: If there is neither a training nor an evaluation, or a named path is not an
            evaluation.
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
            'configs/retrieval, configs/linear or configs/studies (there is no '
            'evaluation_*.json)'
        )
    groups = comparable_groups(evaluations)
    retrieval = _first(evaluations, 'RetrievalMetric')
    dataset, why = _training_set(run)
    title = f'Report: {work_dir.resolve().name}'
    lead = _lead(run, evaluations)
    keys = key_figures(groups)
    others = [
        _results(groups),
        _curves(work_dir, run, evaluations, dataset, why),
        _clips(dataset, why),
        _matrices(evaluations),
        Section('Classes', 'classes', classes(evaluations), _CLASSES),
        Section('Map of the features', 'map', maps(evaluations), f'{_TEST} configs/retrieval'),
        _speed(run),
        _protocol(run, evaluations),
    ]
    # The remaining bytes of the page, minus the markup around the pictures.
    budget = MOST_BYTES - size_of([title, lead, keys, others]) - 300_000
    sections = [_neighbours(retrieval, budget), *others]
    return render(
        'report.html',
        title=title,
        lead=lead,
        keys=keys,
        sections=[section for section in sections if section.values],
        missing=[(section.title, section.how) for section in sections if not section.values],
    )


def _evaluations(work_dir: Path, named: Sequence[Tuple[str, Path]]) -> List[Evaluation]:
    """Every metric of the named records, then of the records that are found."""
    records = [(name, read_record(path)) for name, path in named]
    seen = [record for _, record in records]
    for name, path in find_records(work_dir):
        record = read_record(path)
        if record not in seen:  # a named record may be below the work directory
            records.append((name, record))
    return [
        Evaluation(name, record, metric)
        for name, record in records
        for metric in record.evaluations
    ]


def _first(evaluations: Iterable[Evaluation], metric: str) -> Optional[Evaluation]:
    return next((found for found in evaluations if found.record.metric == metric), None)


def _lead(run: Optional[TrainingRun], evaluations: Sequence[Evaluation]) -> str:
    """What the report is about, in a line."""
    said = [] if run is None else [run.config.model.type, run.config.model.backbone.type]
    said += [] if run is None else [run.length()]
    names = dict.fromkeys(evaluation.name for evaluation in evaluations)
    said += [f'evaluations: {", ".join(names)}'] if names else []
    return ' · '.join(said)


def _training_set(run: Optional[TrainingRun]) -> Tuple[Optional[BaseDataset], str]:
    """The videos of a run, or the reason why there are none."""
    if run is None:
        return None, _TRAIN
    init_default_scope(run.config.get('default_scope', 'mmaction'))
    try:
        dataset = DATASETS.build(run.config.train_dataloader.dataset)
    except (OSError, ValueError) as error:
        return None, f'the training videos cannot be read any more ({error})'
    return dataset, ''


def _protocol(run: Optional[TrainingRun], evaluations: Sequence[Evaluation]) -> Section:
    training = run.protocol() if run is not None else []
    return Section(
        'Protocol', 'protocol', dict(training=training, weights=weights_facts(evaluations))
    )


def _results(groups: Sequence[Sequence[Evaluation]]) -> Section:
    return Section(
        'Results',
        'results',
        dict(tables=list(map(results_of, groups))) if groups else {},
        f'{_TEST} configs/retrieval or configs/linear, and name its work directory among the '
        'evaluations of the report',
    )


def _curves(
    work_dir: Path,
    run: Optional[TrainingRun],
    evaluations: Sequence[Evaluation],
    dataset: Optional[BaseDataset],
    why: str,
) -> Section:
    title = 'Curves'
    if run is None:
        return Section(title, 'curves', {}, _TRAIN)
    curves, unknown = read_curves(str(work_dir)), ''
    if dataset is not None:
        curves = with_chance(curves, run.config.model, lambda: dataset)
    elif any(curve.chance is None for curve in curves):
        unknown = why
    tasks = task_plots(curves)
    validations = validation_plots(read_evaluations(str(work_dir)), evaluations)
    health = health_plots(read_health(str(work_dir)))
    if not (tasks or validations or health):
        return Section(title, 'curves', {}, 'this training logged no accuracy')
    values = dict(tasks=tasks, validations=validations, health=health, unknown=unknown)
    return Section(title, 'curves', values)


def _clips(dataset: Optional[BaseDataset], why: str) -> Section:
    title = 'What the model is shown'
    if dataset is None:
        return Section(title, 'clips', {}, why)
    if not isinstance(dataset, ClipPairDataset):
        how = f'only for pairs of clips; this training reads a {type(dataset).__name__}'
        return Section(title, 'clips', {}, how)
    count = min(
        _GROUPS * dataset.group_size, len(dataset) // dataset.group_size * dataset.group_size
    )
    indices = np.random.default_rng(0).permutation(len(dataset))[:count]
    try:
        samples = dataset.__getitems__(indices.tolist())
    except VideoError as error:
        how = f'the training videos cannot be read any more ({error})'
        return Section(title, 'clips', {}, how)
    return Section(title, 'clips', dict(videos=clip_rows(samples, dataset.group_size)))


def _matrices(evaluations: Sequence[Evaluation]) -> Section:
    kept = [
        (e.name, e.record.details['matrix']) for e in evaluations if e.record.details.get('matrix')
    ]
    maps = [heat_map(matrix, name) for name, matrix in kept[:_MOST_MATRICES]]
    values = dict(maps=maps) if maps else {}
    return Section(
        'Equivariance',
        'equivariance',
        values,
        f'{_TEST} EquivarianceMetric, such as configs/studies/demo/equivariance_r3d10.py',
    )


def _neighbours(retrieval: Optional[Evaluation], budget: int) -> Section:
    title, how = 'Nearest neighbours', f'{_TEST} configs/retrieval'
    if retrieval is None:
        return Section(title, 'neighbours', {}, how)
    examples = retrieval.record.details.get('examples')
    if not examples:
        return Section(title, 'neighbours', {}, f'{how}, and num_examples above 0')
    rows = retrieval_gallery(retrieval.record, budget)
    first = {number * len(rows) // _SHOWN for number in range(_SHOWN)}  # evenly spaced, too
    values = dict(
        name=retrieval.name,
        examples=len(rows),
        counts=retrieval.record.counts,
        first=[row for number, row in enumerate(rows) if number in first],
        rest=[row for number, row in enumerate(rows) if number not in first],
    )
    return Section(title, 'neighbours', values)


def _speed(run: Optional[TrainingRun]) -> Section:
    title = 'Speed of the run'
    if run is None:
        return Section(title, 'speed', {}, _TRAIN)
    return Section(title, 'speed', dict(facts=run.speed()))
