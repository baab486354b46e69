"""Counts videos that are shorter than a clip; their frames are repeated."""

from typing import Any, Dict, Optional, Sequence, Union

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ...evaluation.short_videos import frames_of_a_clip, is_short, said_of_short

Batch = Optional[Union[dict, tuple, list]]


@HOOKS.register_module()
class ShortVideosHook(Hook):
    """Logs their number after the first epoch of a training and after every validation and test.

    MMAction2's ``SampleFrames`` repeats the frames of such a video until they fill a clip. The
    number is logged beside the figures, as ``short_videos``, and is part of the record of the
    run. If it is not 0, there is also a warning.

    Samples must contain their length, as those of :class:`LabelledVideoDataset` do. Those of
    :class:`GalleryQueryDataset` are counted by its metrics.
    """

    def __init__(self):
        self._seen: Dict[str, Dict[str, bool]] = {}
        self._needed = 0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None, outputs: Any = None
    ) -> None:
        """Check a batch of the first epoch."""
        if runner.epoch == 0:
            self._look('train', data_batch)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None, outputs: Any = None
    ) -> None:
        """Look at a batch."""
        self._look('val', data_batch)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None, outputs: Any = None
    ) -> None:
        """Look at a batch."""
        self._look('test', data_batch)

    def after_train_epoch(self, runner: Runner) -> None:
        """Say what was found."""
        self._say(runner, 'train')

    def after_val_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Say what was found."""
        self._say(runner, 'val')

    def after_test_epoch(self, runner: Runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Say what was found."""
        self._say(runner, 'test')

    def _look(self, mode: str, data_batch: Batch) -> None:
        samples: Sequence = ()
        if isinstance(data_batch, dict):
            samples = data_batch.get('data_samples', ())
        for sample in samples:
            info = sample.metainfo
            needed = frames_of_a_clip(info)
            if needed is None or 'filename' not in info or 'subset' in info:
                continue  # FeatureMetric counts gallery and queries
            self._seen.setdefault(mode, {})[info['filename']] = is_short(info)
            self._needed = needed

    def _say(self, runner: Runner, mode: str) -> None:
        """Videos of all ranks, each counted once."""
        seen: Dict[str, bool] = {}
        for part in all_gather_object(self._seen.pop(mode, {})):
            seen.update(part)
        if not seen:
            return
        number = sum(seen.values())
        if mode != 'train':
            runner.message_hub.update_scalar(f'{mode}/short_videos', float(number))
        if number:
            runner.logger.warning(f'{mode}: {said_of_short(number, len(seen), self._needed)}')
