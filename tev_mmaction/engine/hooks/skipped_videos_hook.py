"""Names and counts the videos that training had to skip, and stops where they are too many."""

import os.path as osp
from typing import Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner


@HOOKS.register_module()
class SkippedVideosHook(Hook):
    """Logs every skipped video once, with the reason, as the samples of a batch report it.

    At the end of every epoch what all ranks skipped is put together and written to
    ``skipped_videos.txt`` in the work directory, one ``path<TAB>reason`` a line.

    Args:
        max_share (float): Training aborts when more than this share of the dataset's videos has
            proven unusable. Defaults to 0.1.

    Raises:
        ValueError: If ``max_share`` is not within [0, 1].
        RuntimeError: While training, when the share is exceeded.
    """

    def __init__(self, max_share: float = 0.1):
        if not 0 <= max_share <= 1:
            raise ValueError(f'max_share={max_share}: give a share within [0, 1]')
        self.max_share = max_share
        self.reasons: Dict[str, str] = {}

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Optional[dict] = None
    ) -> None:
        """Read what the samples of this batch replaced."""
        for sample in data_batch['data_samples']:
            for filename, reason in sample.metainfo.get('skipped', ()):
                if filename not in self.reasons:
                    self.reasons[filename] = reason
                    count = len(self.reasons)
                    runner.logger.warning(f'skipped video {count}: {filename}: {reason}')
                    self._check(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Put together what all ranks skipped."""
        for reasons in all_gather_object(self.reasons):
            self.reasons.update(reasons)
        if not self.reasons:
            return
        self._check(runner)
        if is_main_process():
            path = osp.join(runner.work_dir, 'skipped_videos.txt')
            with open(path, 'w') as file:
                file.writelines(f'{name}\t{why}\n' for name, why in sorted(self.reasons.items()))
            runner.logger.warning(f'{len(self.reasons)} videos skipped so far, see {path}')

    def _check(self, runner: Runner) -> None:
        total = len(runner.train_dataloader.dataset)
        if len(self.reasons) > self.max_share * total:
            listing = '\n'.join(f'  {name}: {why}' for name, why in sorted(self.reasons.items()))
            raise RuntimeError(
                f'{len(self.reasons)} of {total} videos cannot be used, more than the allowed '
                f'share of {self.max_share:.0%}:\n{listing}\nLeave them out with '
                '`python tools/data/index_videos.py`, or raise max_share of SkippedVideosHook in '
                'custom_hooks.'
            )
