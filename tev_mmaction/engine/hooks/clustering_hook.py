"""Clusters the features of an epoch, for the labels of the next ones."""

from typing import List

import torch
from mmaction.registry import HOOKS
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from sklearn.cluster import KMeans

from tev_mmaction.models.heads import CrossModalClusterHead

from ..divided import unwrapped
from ..mid_epoch_train_loop import MidEpochTrainLoop


@HOOKS.register_module()
class ClusteringHook(Hook):
    """k-means for every :class:`CrossModalClusterHead`, when an epoch ends.

    Process 0 clusters; the others receive its result. Classifiers and their state in the optimizer
    begin anew, as numbers of clusters have no meaning across epochs. Checkpoints have the clusters.

    Args:
        interval (int): Epochs from one clustering to the next; the first is that of the first
            epoch. On a small data set, give classifiers some hundred iterations. Defaults to 1.

    Raises:
        ValueError: If ``interval`` is below 1; before training, if no head uses the hook, or if
            the training loop is not of whole epochs; at the end of an epoch, if it had fewer
            videos than clusters.
    """

    # Before CheckpointHook, whose checkpoint has the new clusters.
    priority = 'NORMAL'

    def __init__(self, interval: int = 1):
        if interval < 1:
            raise ValueError(f'ClusteringHook.interval={interval}: at least 1 epoch')
        self.interval = interval

    def before_run(self, runner: Runner) -> None:
        """Make room for the clusters, before a checkpoint is loaded."""
        heads = self._heads(runner)
        if not heads:
            raise ValueError(
                'ClusteringHook: no head of the model is a CrossModalClusterHead; take the hook '
                'out of custom_hooks'
            )
        loop = runner.train_loop
        if not isinstance(loop, EpochBasedTrainLoop) or isinstance(loop, MidEpochTrainLoop):
            raise ValueError(
                f'ClusteringHook clusters what a whole epoch has seen, but train_cfg.type is '
                f'{type(loop).__name__}: a run that goes on within an epoch has seen a part of '
                "it. Use train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=...)"
            )
        for head in heads:
            head.allocate(len(runner.train_dataloader.dataset))

    def after_train_epoch(self, runner: Runner) -> None:
        """Cluster what the epoch has seen."""
        for head in self._heads(runner):
            features = head.kept_features()
            if not features or runner.epoch % self.interval:
                continue
            videos = features.pop('videos')
            if len(videos) < head.num_clusters:
                raise ValueError(
                    f'{len(videos)} videos cannot be put into num_clusters={head.num_clusters} '
                    'clusters: give the CrossModalClusterHead fewer'
                )
            clusters = videos.new_empty((len(features), len(videos)))
            if is_main_process():
                for row, each in zip(clusters, features.values()):
                    row.copy_(_clusters(each, head.num_clusters, seed=runner.epoch))
            broadcast(clusters)
            head.assign(videos, clusters)
            for parameter in head.classifiers.parameters():
                broadcast(parameter.data)  # as it began in process 0
                runner.optim_wrapper.optimizer.state.pop(parameter, None)

    @staticmethod
    def _heads(runner: Runner) -> List[CrossModalClusterHead]:
        heads = getattr(unwrapped(runner.model), 'heads', {}).values()
        return [head for head in heads if isinstance(head, CrossModalClusterHead)]


def _clusters(features: torch.Tensor, number: int, seed: int) -> torch.Tensor:
    """Cluster of each row (n, D), int64."""
    kmeans = KMeans(number, n_init=1, max_iter=100, random_state=seed)
    return torch.from_numpy(kmeans.fit_predict(features.cpu().numpy())).long()
