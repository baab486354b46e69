"""Logs whether the features of a pre-training stay rich: effective rank, LiDAR and others."""

from typing import Any, Dict, Mapping, Optional

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor

from tev_mmaction.evaluation.health import health


@HOOKS.register_module()
class FeatureHealthHook(Hook):
    """Adds ``rankme``, ``lidar``, ``alignment`` and ``uniformity`` to the log of a pre-training.

    See :mod:`tev_mmaction.evaluation.health`. The features are those that the losses saw in the
    latest iterations, so the figures cost neither a forward pass nor a decoded frame, and do not
    change the training. They are of train mode, and of weights that differ by the steps in
    between. The latest features of each of ``num_videos`` videos are kept, over all processes;
    figures begin when so many videos, or all, were seen once.

    Args:
        interval (int): Iterations of an epoch between figures; the end of an epoch has some, too.
            Defaults to 20, as the log.
        num_videos (int): Number of videos, at least 2. A rank is at most their number.
            Defaults to 512.

    Raises:
        ValueError: If an argument is too small; before training, if the model is not a
            :class:`TimeEquivariantRecognizer`.
    """

    # Before LoggerHook, which writes the line.
    priority = 'NORMAL'

    def __init__(self, interval: int = 20, num_videos: int = 512):
        if interval < 1:
            raise ValueError(f'FeatureHealthHook.interval={interval}: at least 1 iteration')
        if num_videos < 2:
            raise ValueError(f'FeatureHealthHook.num_videos={num_videos}: at least 2')
        self.interval = interval
        self.num_videos = num_videos
        self._latest: Dict[str, Tensor] = {}  # features of the clips (V, D), the newest last
        self._iterations = 0

    def before_train(self, runner: Runner) -> None:
        """Check the model."""
        self._latest, self._iterations = {}, 0
        if not hasattr(_model(runner), 'clip_features'):
            raise ValueError(
                'FeatureHealthHook reads the features of a TimeEquivariantRecognizer, the model is '
                f'a {type(_model(runner)).__name__}: take the hook out of default_hooks'
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Optional[Mapping[str, Any]] = None,
        outputs: Optional[dict] = None,
    ) -> None:
        """Keep the features of the batch; log the figures of the latest ones."""
        loader, features = runner.train_dataloader, _model(runner).clip_features
        most = -(-self.num_videos // get_world_size())  # of this process
        self._keep(data_batch or {}, features, most)
        self._iterations += 1
        full = self._iterations >= min(-(-most // len(features)), len(loader))
        last = self.end_of_epoch(loader, batch_idx)
        if not full or not (last or self.every_n_inner_iters(batch_idx, self.interval)):
            return
        mine = torch.stack(list(self._latest.values())).float().cpu().numpy()
        gathered = all_gather_object((list(self._latest), mine))
        if not is_main_process():
            return
        # A video may have moved from one process to another between two epochs.
        videos = {name: clips for part in gathered for name, clips in zip(*part)}
        features = np.stack(list(videos.values()))
        if len(videos) > 1 and np.isfinite(features).all():
            for name, value in health(features).items():
                runner.message_hub.update_scalar(f'train/{name}', value)

    def _keep(self, data_batch: Mapping[str, Any], features: Tensor, most: int) -> None:
        for sample, clips in zip(data_batch['data_samples'], features):
            self._latest.pop(sample.filename, None)
            self._latest[sample.filename] = clips
        while len(self._latest) > most:
            del self._latest[next(iter(self._latest))]


def _model(runner: Runner) -> Any:
    return runner.model.module if is_model_wrapper(runner.model) else runner.model
