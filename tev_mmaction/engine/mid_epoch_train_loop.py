"""An epoch that was stopped goes on at the batch at which it was stopped."""

from contextlib import contextmanager
from itertools import islice
from typing import Any, Iterator

from mmaction.registry import LOOPS
from mmengine.runner import EpochBasedTrainLoop
from torch.utils.data import DataLoader, Sampler


@LOOPS.register_module()
class MidEpochTrainLoop(EpochBasedTrainLoop):
    """mmengine's ``EpochBasedTrainLoop``, which resumes within an epoch.

    From a checkpoint that was saved within an epoch, mmengine begins that epoch anew: its first
    batches are trained on twice. This loop leaves out the batches that are done, without reading
    their videos. The samplers of mmengine draw the same order again, and so do the datasets of this
    package: the run ends as an undisturbed one does.

    If an epoch has another number of batches by now, :class:`ResumedScheduleHook` begins it anew.
    Only if that happens in the first epoch, and it has more batches now, does it go on: as many of
    the smaller batches are left out as were done of the larger ones.

    Args:
        **kwargs: Arguments of ``mmengine.runner.EpochBasedTrainLoop``.
    """

    def run_epoch(self) -> None:
        """Train on the batches of an epoch that are left."""
        done = self._iter - self._epoch * len(self.dataloader)
        if done <= 0:
            super().run_epoch()
            return
        self.runner.logger.info(
            f'epoch {self._epoch + 1} goes on after batch {done} of {len(self.dataloader)}'
        )
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        with _batches_from(self.dataloader, done):
            for index, batch in enumerate(self.dataloader, done):
                self.run_iter(index, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1


class _Rest(Sampler):
    """What a sampler gives after its first indices; its length stays that of an epoch."""

    def __init__(self, sampler, first: int):
        self._sampler, self._first = sampler, first

    def __iter__(self) -> Iterator[int]:
        return islice(iter(self._sampler), self._first, None)

    def __len__(self) -> int:
        return len(self._sampler)


@contextmanager
def _batches_from(dataloader: DataLoader, first: int) -> Iterator[None]:
    batches: Any = dataloader.batch_sampler
    sampler = batches.sampler
    batches.sampler = _Rest(sampler, first * batches.batch_size)
    try:
        yield
    finally:
        batches.sampler = sampler
