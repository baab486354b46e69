"""Names and counts the videos that training skips, and stops if there are too many."""

import os.path as osp
from typing import Any, Dict, Mapping

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from tev_mmaction.files import write_file
from tev_mmaction.listing import first_of
from tev_mmaction.texts import decode, quote, read_bytes, reasons_of, reasons_text


@HOOKS.register_module()
class SkippedVideosHook(Hook):
    """Logs every skipped video once, with the reason from the samples of a batch.

    Videos that the dataset leaves out because its index rejects them count like videos found
    broken in training. ``skipped_videos.txt`` in the work directory lists all of them, in the
    format of :func:`tev_mmaction.texts.reasons_text`. Skipped videos of other ranks are added and
    named at the end of every epoch.

    Args:
        max_share (float): Training stops, or does not start, if more than this share of the
            listed videos cannot be used. Defaults to 0.1.

    Raises:
        ValueError: If ``max_share`` is not within [0, 1].
        RuntimeError: When the share is exceeded.
    """

    def __init__(self, max_share: float = 0.1):
        if not 0 <= max_share <= 1:
            raise ValueError(f'max_share={max_share}: give a share within [0, 1]')
        self.max_share = max_share
        self.reasons: Dict[str, str] = {}

    def before_train(self, runner: Runner) -> None:
        """Start with videos rejected by the index and, after ``--resume``, skipped before."""
        path = self._path(runner)
        if runner.iter > 0 and osp.exists(path):
            self.reasons.update(reasons_of(decode(read_bytes(path), path)))
        self.reasons.update(getattr(runner.train_dataloader.dataset, 'left_out', {}))
        if self.reasons:
            self._write(runner)
            self._check(runner)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Mapping[str, Any]
    ) -> None:
        """Collect the videos replaced by samples of this batch."""
        for sample in data_batch['data_samples']:
            self._add(runner, dict(sample.metainfo.get('skipped', ())))

    def after_train_epoch(self, runner: Runner) -> None:
        """Merge the skipped videos of all ranks."""
        for reasons in all_gather_object(self.reasons):
            self._add(runner, reasons)
        if self.reasons:
            runner.logger.warning(
                f'{len(self.reasons)} videos skipped so far, see {self._path(runner)}'
            )

    def _add(self, runner: Runner, reasons: Dict[str, str]) -> None:
        new = {name: why for name, why in reasons.items() if name not in self.reasons}
        if not new:
            return
        for name, why in new.items():
            self.reasons[name] = why
            runner.logger.warning(f'skipped video {len(self.reasons)}: {quote(name)}: {why}')
        self._write(runner)
        self._check(runner)

    def _write(self, runner: Runner) -> None:
        if is_main_process():
            write_file(self._path(runner), reasons_text(sorted(self.reasons.items())))

    @staticmethod
    def _path(runner: Runner) -> str:
        return osp.join(runner.work_dir, 'skipped_videos.txt')

    def _check(self, runner: Runner) -> None:
        dataset = runner.train_dataloader.dataset
        total = len(dataset) + len(getattr(dataset, 'left_out', {}))
        if len(self.reasons) > self.max_share * total:
            reasons = sorted(self.reasons.items())
            named = first_of([f'{quote(name)}: {why}' for name, why in reasons])
            raise RuntimeError(
                f'{len(self.reasons)} of {total} videos cannot be used, more than the allowed '
                f'share of {self.max_share:.0%}: {named}. All are in {self._path(runner)}. '
                '`python tools/data/index_videos.py --min-frames` writes a list of those that can '
                'be used; or raise max_share of SkippedVideosHook in custom_hooks'
            )
