"""What is known of a start of a training: ``WORK_DIR/<start>/run.jsonl``, a JSON object a line.

The first line is a :class:`RunStart`. The others say how far the training has come, the last of
them how long it took::

    {"schema": 1, "started": "2026-01-02T10:00:00+00:00", "iteration": 0, "seed": 0, ...}
    {"iteration": 120, "seconds": 61.2}
    {"iteration": 200, "seconds": 98.7}

What the model logs stands in ``vis_data/scalars.json``, which mmengine writes.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Dict, List, Optional

from ..files import write_line

RUN_FILE = 'run.jsonl'
SCHEMA = 1


@dataclass(frozen=True)
class RunStart:
    """The first line of the file.

    Args:
        started (str): Date and time of the first iteration, ISO 8601, with the time zone.
        iteration (int): Iterations that were done before; above 0 in a resumed training.
        seed (int): What draws, order of videos and initial weights follow from.
        processes (int): Of the training; each has a batch of its own.
        devices (list[str]): Names of the devices of all processes, each name once; ``CPU``.
        batch_size (int, optional): Videos in the batch of a process; None where batches have a
            sampler of their own.
        versions (dict[str, str]): Of Python and of the packages that results depend on, by name.
        commit (str, optional): Of this package, as :func:`source_commit` has it.
        schema (int): Version of this description.
    """

    started: str
    iteration: int
    seed: int
    processes: int
    devices: List[str]
    batch_size: Optional[int]
    versions: Dict[str, str]
    commit: Optional[str]
    schema: int = SCHEMA


@dataclass(frozen=True)
class RunHistory:
    """What the file says.

    Args:
        start (RunStart): Its first line.
        seconds (float): From the first iteration to the last line; of a training that was killed
            the last minute may be missing.
    """

    start: RunStart
    seconds: float


def add_start(folder: Path, start: RunStart) -> None:
    """Begin the file of a start.

    Args:
        folder: Folder of the start, ``runner.log_dir``.
        start: What is known of it.

    Raises:
        OSError: If the file cannot be written.
    """
    _add(folder, asdict(start))


def add_progress(folder: Path, iteration: int, seconds: float) -> None:
    """Say how far a training has come.

    Args:
        folder: Folder of the start, ``runner.log_dir``.
        iteration: Iterations that are done.
        seconds: Since the first of them.

    Raises:
        OSError: If the file cannot be written.
    """
    _add(folder, dict(iteration=iteration, seconds=round(seconds, 1)))


def _add(folder: Path, values: dict) -> None:
    with open(Path(folder) / RUN_FILE, 'ab', buffering=0) as file:
        write_line(file.fileno(), json.dumps(values).encode() + b'\n')


def read_run_history(folder: Path) -> Optional[RunHistory]:
    """Read the file of a start.

    Args:
        folder: Folder of the start.

    Returns:
        RunHistory | None: None where there is no file, as of trainings by older versions.

    Raises:
        ValueError: If the file is not such a history, or one of a newer schema.
    """
    path = Path(folder) / RUN_FILE
    if not path.is_file():
        return None
    *lines, _ = path.read_bytes().split(b'\n')  # what has no end was being written
    if not lines:
        return None
    try:
        head, *progress = map(json.loads, lines)
        if head['schema'] != SCHEMA:
            raise ValueError(f'its schema is {head["schema"]}, this version reads {SCHEMA}')
        start = RunStart(**{field.name: head[field.name] for field in fields(RunStart)})
        seconds = float(progress[-1]['seconds']) if progress else 0.0
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{path} is not the history of a training: {error!r}') from error
    return RunHistory(start, seconds)
