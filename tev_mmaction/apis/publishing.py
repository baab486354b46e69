"""A network as a folder that others can use: weights, config, record and model card."""

import ast
import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

from ..engine.resuming import saved_checkpoints
from ..evaluation.records import EvaluationRecord, MetricRecord, find_records, read_record
from ..files import check_vacant, making_folder
from ..listing import first_of
from ..models.backbone_weights import Weights, first, non_finite
from ..models.checkpoint_file import read_checkpoint
from ..models.fingerprint import fingerprint
from ..reporting.model_card import model_card
from ..reporting.training_run import in_words
from ..version import __version__
from ..weights import NamedWeights, find_weights
from ..weights.record import MODEL, RECORD
from ..weights.safetensors_file import to_bytes
from .checkpoint import config_of
from .embedder import VideoEmbedder

CONFIG = 'config.py'
CARD = 'README.md'

_VIEWS = ('clip_len', 'frame_interval', 'num_clips', 'crops', 'size')
_DEFAULTS = dict(view_pooling='mean', standardisation='gallery')
_OF_THIS_MACHINE = ('work_dir', 'launcher', 'resume', 'local_rank')
_STARTED = re.compile(r'_\d{8}_\d{6}$')
_ABSOLUTE = re.compile(r"""['"]((?:/|[A-Za-z]:\\)[^'"\n]*)['"]""")
_PLACES = 4  # digits of a figure

Path_ = Union[str, os.PathLike]


def publish(
    source: Path_,
    out: Path_,
    name: Optional[str] = None,
    description: Optional[str] = None,
    licence: Optional[str] = None,
    limits: Optional[str] = None,
    evaluations: Sequence[Path_] = (),
    config: Optional[Path_] = None,
    warn: Callable[[str], None] = print,
) -> NamedWeights:
    """Write a network as a folder: ``model.safetensors``, config, record and model card.

    The folder is made whole or not at all, and is the same whenever it is made of the same files.
    It serves as a checkpoint: ``VideoEmbedder(out)``, ``load_from='OUT'``.

    Args:
        source (str | PathLike): A checkpoint, the name of a network, or a work directory, of which
            the last checkpoint that can be read is taken.
        out (str | PathLike): Folder to make; nothing may be there.
        name (str, optional): Of the network. Defaults to the name of ``out``.
        description (str, optional): A sentence. Defaults to the backbone, in words.
        licence (str, optional): Of the weights, as in ``'apache-2.0'``. Defaults to ``'unknown'``.
        limits (str, optional): What the network does not tell. Defaults to nothing.
        evaluations (Sequence[str | PathLike]): Work directories or files of tests of these weights,
            whose figures go into the card. Defaults to (); those within the work directory of
            these weights are always taken.
        config (str | PathLike, optional): Config of a checkpoint that has none of its own.
        warn (Callable): Is given sentences on what to look at.

    Returns:
        NamedWeights: The record, of the folder.

    Raises:
        ValueError: If the checkpoint or its config cannot be used, or an evaluation is of others.
        OSError: If something is at ``out``, or it cannot be written.
    """
    check_vacant(out)
    source = os.fspath(source)
    path = _last_checkpoint(source, warn) if _is_work_dir(source) else source
    named = find_weights(path)
    checkpoint = read_checkpoint(named or path)
    embedder = VideoEmbedder(named or path, config=config, device='cpu')
    weights = {key: t.contiguous().clone() for key, t in embedder.backbone.state_dict().items()}
    bad = non_finite(weights)
    if bad:
        raise ValueError(f'{path}: {len(bad)} tensors are NaN or infinite{first(bad)}')
    content = to_bytes(weights, _metadata(embedder))
    text = _config_text(checkpoint, config)
    _warn_of_paths(text, warn)

    record = named or _record(embedder, checkpoint, text)
    tests = _tests(source if _is_work_dir(source) else None, evaluations, embedder.fingerprint)
    given: Dict[str, Any] = dict(description=description, licence=licence, limits=limits)
    if tests:
        given['results'] = [row for test in tests for row in _rows(test)]
    record = replace(
        record,
        name=name or Path(out).resolve().name,
        sha256=hashlib.sha256(content).hexdigest(),
        requires=f'tev_mmaction>={__version__}',
        **{key: value for key, value in given.items() if value is not None},
    )
    if record.licence == 'unknown':
        warn('the card says that the licence is unknown: give one, such as apache-2.0')
    with making_folder(out) as folder:
        for file, written in (
            (MODEL, content),
            (CONFIG, text.encode()),
            (RECORD, record.to_json().encode()),
            (CARD, model_card(record).encode()),
        ):
            Path(folder, file).write_bytes(written)
        if not _same_weights(_published(folder), weights):
            raise OSError(f'what was written to {out} reads back differently')
    return _published(out)


def _published(folder: Path_) -> NamedWeights:
    found = find_weights(folder)
    assert found is not None  # it has a record
    return found


def _same_weights(network: NamedWeights, weights: Weights) -> bool:
    found = network.checkpoint()['state_dict']
    return fingerprint(found) == fingerprint({f'backbone.{k}': t for k, t in weights.items()})


def _is_work_dir(source: str) -> bool:
    return os.path.isdir(source) and not os.path.isfile(os.path.join(source, RECORD))


def _last_checkpoint(work_dir: str, warn: Callable[[str], None]) -> str:
    paths = saved_checkpoints(work_dir)
    for path in paths:
        try:
            read_checkpoint(path)
            return path
        except ValueError as error:
            warn(f'passed over: {error}')
    raise ValueError(
        f'{work_dir} has no checkpoint epoch_N.pth or iter_N.pth that can be read: give the work '
        'directory of a training, or the path of a checkpoint'
    )


def _metadata(embedder: VideoEmbedder) -> Dict[str, str]:
    backbone = json.dumps(embedder.recipe.backbone)
    return dict(format='pt', fingerprint=embedder.fingerprint, backbone=backbone)


def _config_text(checkpoint: Dict[str, Any], config: Optional[Path_]) -> str:
    """The config without what is of the machine that it ran on."""
    if config is not None:
        from mmengine.config import Config

        text = Config.fromfile(config).pretty_text
    else:
        text = checkpoint['meta']['cfg']
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') in _OF_THIS_MACHINE:
            del lines[node.lineno - 1 : node.end_lineno]
    return ''.join(lines)


def _warn_of_paths(text: str, warn: Callable[[str], None]) -> None:
    paths = list(dict.fromkeys(_ABSOLUTE.findall(text)))
    if paths:
        warn(f'{CONFIG} has {len(paths)} paths of this machine: {first_of(paths)}')


def _record(embedder: VideoEmbedder, checkpoint: Dict[str, Any], text: str) -> NamedWeights:
    protocol = embedder.protocol.to_dict()
    views = {key: protocol[key] for key in _VIEWS}
    views.update({key: protocol[key] for key, usual in _DEFAULTS.items() if protocol[key] != usual})
    recipe = embedder.recipe
    return NamedWeights(
        name='',
        description=in_words(recipe.backbone),
        backbone=recipe.backbone,
        normalisation=recipe.normalisation,
        protocol=views,
        training=_training(checkpoint.get('meta') or {}, config_of(text) or {}),
        results=[],
        limits='',
        licence='unknown',
        sha256='',
        fingerprint=embedder.fingerprint,
        recognizer='Recognizer2D' if recipe.frames_as_batch else 'Recognizer3D',
    )


def _training(meta: Dict[str, Any], config: Dict[str, Any]) -> Dict[str, Any]:
    """What a checkpoint says of how it came about; what is not known is left out."""
    experiment = meta.get('experiment_name')
    dataset = (config.get('train_dataloader') or {}).get('dataset') or {}
    while isinstance(dataset.get('dataset'), dict):
        dataset = dataset['dataset']
    data = [dataset.get(key) for key in ('data_root', 'ann_file')]
    found = dict(
        data=', '.join(os.path.basename(part.rstrip('/')) for part in data if part),
        config=_STARTED.sub('', experiment) if isinstance(experiment, str) else None,
        epochs=meta.get('epoch'),
        iterations=meta.get('iter'),
        seed=meta.get('seed'),
        imported=meta.get('imported'),
    )
    return {key: value for key, value in found.items() if value not in (None, '')}


def _tests(
    work_dir: Optional[str], given: Sequence[Path_], fingerprint: str
) -> List[EvaluationRecord]:
    """Records of these weights: those that were named, and those of the work directory."""
    tests = []
    for path in given:
        record = read_record(Path(path))
        if record.fingerprint != fingerprint:
            raise ValueError(
                f'{os.fspath(path)} tested weights {record.fingerprint}, these are {fingerprint}: '
                'give the tests of this checkpoint'
            )
        tests.append(record)
    if work_dir is not None:
        found = [EvaluationRecord.read(path) for _, path in find_records(Path(work_dir))]
        tests += [record for record in found if record.fingerprint == fingerprint]
    return tests


def _rows(test: EvaluationRecord) -> Iterator[Dict[str, Any]]:
    for metric in test.evaluations:
        dataset = str(metric.protocol.get('split') or '')
        for key, value in metric.results.items():
            yield _row(metric, dataset, key, value)


def _row(metric: MetricRecord, dataset: str, key: str, value: float) -> Dict[str, Any]:
    row: Dict[str, Any] = dict(
        figure=', '.join(filter(None, (dataset, metric.metric, key))),
        value=round(value, _PLACES),
        dataset=dataset,
        metric=key,
    )
    if metric.chance.get(key) is not None:
        row['chance'] = round(metric.chance[key], _PLACES)
    return row
