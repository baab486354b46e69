"""Each modality predicts the clusters of the other one: XDC of Alwassel et al., NeurIPS 2020."""

from typing import Dict, List, Mapping, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import gather_rows, global_mean
from ..losses import widened
from .audio_heads import AudioHead

_NAMES = ('clips', 'sounds')


@MODELS.register_module()
class CrossModalClusterHead(AudioHead):
    r"""Classifies clips by the cluster of their sound, and sounds by the cluster of their clips.

    With the cluster :math:`s_i` of the sound of video i and the cluster :math:`c_i` of its clips,
    the loss is the mean over clips of

    .. math:: -\log p(s_i \mid \text{clip}) - \log p(c_i \mid \text{sound})

    Features of an epoch, one per video and modality, are kept, and :class:`ClusteringHook` clusters
    them when it ends. The first epoch only collects them: its loss is 0, as is that of videos that
    no epoch has seen yet.

    Args:
        in_channels (int): Feature width D.
        num_clusters (int): Clusters K of each modality. Defaults to 64.
        **kwargs: See :class:`AudioHead`.

    Attributes:
        clusters (Tensor): Shape (2, number of videos), int64: of clips and of sounds; −1 unknown.
    """

    def __init__(self, in_channels: int, num_clusters: int = 64, **kwargs):
        super().__init__(**kwargs)
        self.num_clusters = num_clusters
        widths = (in_channels, self.audio_channels)
        self.classifiers = nn.ModuleList(nn.Linear(width, num_clusters) for width in widths)
        self.clusters: Tensor
        self.register_buffer('clusters', torch.full((2, 0), -1))
        self._kept: List[Tuple[Tensor, ...]] = []

    def allocate(self, num_videos: int) -> None:
        """Make room for the clusters of a training set.

        Args:
            num_videos: Number of videos of the dataset.
        """
        self.clusters = self.clusters.new_full((2, num_videos), -1)

    def loss(self, features: Tensor, targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`; ``acc`` and ``chance`` are those of both predictions.

        Raises:
            RuntimeError: Without :class:`ClusteringHook`.
        """
        videos = targets['sample_idx'].to(self.clusters.device)
        if int(targets['sample_idx'].max()) >= self.clusters.size(1):
            raise RuntimeError(
                'CrossModalClusterHead has no clusters of these videos: add '
                "dict(type='ClusteringHook') to custom_hooks"
            )
        num_clips = features.size(1)
        pair = (features.flatten(0, 1), self.encode(targets, features))
        if self.training:
            means = [each.detach().float().unflatten(0, (-1, num_clips)).mean(1) for each in pair]
            self._kept.append((videos, *(F.normalize(each, dim=1) for each in means)))
        terms, hits = [], []
        for classifier, inputs, of_other in zip(self.classifiers, pair, self.clusters.flip(0)):
            labels = of_other[videos].repeat_interleave(num_clips)
            scores = widened(classifier(inputs))
            # Videos without a cluster count as zero, so that every parameter has a gradient.
            terms.append(F.cross_entropy(scores, labels.clamp(min=0), reduction='none'))
            terms[-1] = terms[-1] * (labels >= 0)
            hits.append((scores.argmax(dim=1) == labels)[labels >= 0])
        with torch.no_grad():
            accuracy = global_mean(torch.cat(hits).to(terms[0].dtype))
        return dict(
            loss=self.loss_weight * global_mean(terms[0] + terms[1]),
            acc=accuracy,
            chance=torch.full_like(accuracy, self._chance()),
        )

    def _chance(self) -> float:
        """Of always the largest cluster, as a mean of both modalities."""
        known = self.clusters[:, (self.clusters >= 0).all(dim=0)]
        if not known.numel():
            return 0.0
        return float(sum(each.bincount().max() for each in known) / known.numel())

    def kept_features(self) -> Dict[str, Tensor]:
        """What the epoch has seen, from all ranks; it is forgotten here.

        Returns:
            dict[str, Tensor]: ``videos`` (n,), int64, without repetition; ``clips`` (n, D) and
            ``sounds`` (n, D'), normalised; n is 0 if nothing was seen.
        """
        if not self._kept:
            return {}
        columns = [gather_rows(torch.cat(column))[0] for column in zip(*self._kept)]
        self._kept = []
        order = {video: row for row, video in enumerate(columns[0].tolist())}
        rows = torch.tensor(list(order.values()), device=columns[0].device)
        return {name: column[rows] for name, column in zip(('videos', *_NAMES), columns)}

    def assign(self, videos: Tensor, clusters: Tensor) -> None:
        """Set the clusters of videos, and begin with new classifiers.

        Args:
            videos: Shape (n,), int64.
            clusters: Shape (2, n), int64, of clips and of sounds.
        """
        self.clusters.fill_(-1)  # numbers of clusters have no meaning across epochs
        self.clusters[:, videos] = clusters.to(self.clusters)
        for classifier in self.classifiers:
            assert isinstance(classifier, nn.Linear)
            classifier.reset_parameters()
