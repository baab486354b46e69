"""Which checkpoint a run goes on from: the last whole one in its own folder."""

import logging
import os.path as osp
import re
from pathlib import Path
from typing import Callable, List, Optional

from mmengine.logging import print_log

from ..models.backbone_weights import first, non_finite
from ..models.checkpoint_file import read_checkpoint

_NUMBERED = re.compile(r'(?:epoch|iter)_(\d+)\.pth')


def checkpoint_folder(work_dir: str, out_dir: Optional[str] = None) -> str:
    """Where mmengine's ``CheckpointHook`` of a run saves, ``out_dir`` being an argument of it."""
    if not out_dir or osp.abspath(out_dir) == osp.abspath(work_dir):
        return work_dir
    return osp.join(out_dir, osp.basename(osp.abspath(work_dir)))


def saved_checkpoints(work_dir: str, out_dir: Optional[str] = None) -> List[str]:
    """Checkpoints of a run, in the order in which to try to resume them.

    First that of ``last_checkpoint``, then the ones before it, then those after it, which a run
    that was started anew in the same folder has not reached. What ``last_checkpoint`` says of
    folders does not count: in a copied or moved run, that is another run's.
    """
    folder = Path(checkpoint_folder(work_dir, out_dir))
    numbered = {
        int(match.group(1)): path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (match := _NUMBERED.fullmatch(path.name))
    }
    last = last_name(work_dir)
    match = _NUMBERED.fullmatch(last or '')
    newest = int(match.group(1)) if match else max(numbered, default=0)
    order = sorted(numbered, key=lambda number: (number > newest, -number))
    paths = [numbered[number] for number in order]
    if last and not match and (folder / last).is_file():
        paths.insert(0, folder / last)  # of another filename_tmpl
    return list(map(str, paths))


def last_name(work_dir: str) -> Optional[str]:
    """Name of the file that ``last_checkpoint`` of a run tells; None without one."""
    try:
        text = Path(work_dir, 'last_checkpoint').read_text(errors='replace').strip()
    except OSError:
        return None
    return re.split(r'[\\/]', text)[-1] or None


def find_resumable(
    work_dir: str,
    out_dir: Optional[str] = None,
    warn: Callable[[str], None] = lambda text: print_log(text, 'current', logging.WARNING),
) -> Optional[str]:
    """The last checkpoint of a run that can be resumed; damaged ones are passed over.

    Args:
        work_dir (str): Folder of the run.
        out_dir (str, optional): Of ``default_hooks.checkpoint``.
        warn (Callable): Is given a sentence for each checkpoint that is passed over.

    Returns:
        str | None: Its path; None where no checkpoint was saved yet.

    Raises:
        ValueError: If there are checkpoints, and none can be resumed.
    """
    paths = saved_checkpoints(work_dir, out_dir)
    for path in paths:
        try:
            check_resumable(path)
            return path
        except ValueError as error:
            warn(f'passed over: {error}')
    if paths:
        raise ValueError(
            f'none of the {len(paths)} checkpoints in {checkpoint_folder(work_dir, out_dir)} can '
            'be resumed, for the reasons above: remove them to start anew, or give another '
            '--work-dir'
        )
    return None


def check_resumable(path: str) -> None:
    """Refuse what a training cannot go on from.

    Raises:
        ValueError: If the file is missing or damaged, holds weights alone, or such that are not
            finite.
    """
    checkpoint = read_checkpoint(path)
    parts = ('meta', 'state_dict', 'message_hub', 'optimizer')
    lacking = [part for part in parts if not isinstance(checkpoint.get(part), dict)]
    lacking += [key for key in ('epoch', 'iter') if not lacking and key not in checkpoint['meta']]
    if lacking:
        raise ValueError(
            f'{path} lacks {" and ".join(lacking)}, without which a run cannot be resumed. Best '
            'and exported checkpoints hold weights alone: start from them with load_from=... '
            '(--cfg-options load_from=...) and without resume'
        )
    bad = non_finite(checkpoint['state_dict'])
    learned = [name for name in bad if name.endswith(('.weight', '.bias')) or 'running_' in name]
    if learned:
        raise ValueError(
            f'{path}: {len(learned)} tensors are NaN or infinite{first(learned)}, the run had '
            'diverged'
        )


def last_checkpoint(work_dir: str, out_dir: Optional[str] = None, command: str = '') -> str:
    """In a sentence: the last checkpoint that can be resumed, and how.

    Args:
        work_dir (str): Folder of the run.
        out_dir (str, optional): Of ``default_hooks.checkpoint``.
        command (str): What resumes it. Defaults to the option alone.
    """
    try:
        path = find_resumable(work_dir, out_dir, warn=lambda text: None)
    except ValueError:
        path = None
    if path is None:
        return f'No checkpoint is in {checkpoint_folder(work_dir, out_dir)} to go on from.'
    how = f'by: {command}' if command else 'with --resume.'
    return f'The last sound checkpoint is {path}; go on from it {how}'
