"""InfoNCE over labelled embeddings: Eq. 1 and Eq. 3 of the paper are one formula."""

from typing import Dict, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..distributed import gather_rows, global_mean
from .key_queue import KeyQueue
from .similarity import dot_products, widened


class Contrast(NamedTuple):
    """What :meth:`InfoNCELoss.contrast` returns.

    Args:
        loss (Tensor): Scalar, differentiable.
        accuracy (Tensor): Scalar; share of the anchors that have a positive whose most similar
            key is one.
        chance (Tensor): Scalar; that accuracy of keys in random order, P / (P + N) of an anchor's
            P positives and N negatives.
        negatives (Tensor): Scalar; mean number of negatives an anchor.
        num_positives (int): Terms of this rank.
    """

    loss: Tensor
    accuracy: Tensor
    chance: Tensor
    negatives: Tensor
    num_positives: int

    def logged(self, weight: float = 1.0) -> Dict[str, Tensor]:
        """What a head returns: the weighted loss, and the figures.

        Args:
            weight: Weight of the loss.
        """
        return dict(
            loss=weight * self.loss,
            acc=self.accuracy,
            chance=self.chance,
            negatives=self.negatives,
        )


def compare(
    similarity: Tensor, positive: Tensor, negative: Tensor, pooled: bool = False
) -> Contrast:
    r"""The loss of anchors (rows) that are compared with keys (columns).

    With similarities :math:`s_{ab}`, every positive (a, b) gives one term

    .. math:: \ell(a, b) = -\log \frac{e^{s_{ab}}}{e^{s_{ab}} + \sum_{c \in N(a)} e^{s_{ac}}}

    over the negatives N(a) of the anchor, and the loss is the mean of the terms of all ranks. With
    ``pooled``, all positives P(a) of an anchor give one term (MIL-NCE, Miech et al., CVPR 2020),

    .. math:: \ell(a) = -\log \frac{\sum_{b \in P(a)} e^{s_{ab}}}
              {\sum_{b \in P(a)} e^{s_{ab}} + \sum_{c \in N(a)} e^{s_{ac}}}

    Args:
        similarity (Tensor): Shape (M, K), float32 or float64, divided by the temperature.
        positive (Tensor): Shape (M, K), bool.
        negative (Tensor): Shape (M, K), bool; keys that are neither are left out.
        pooled (bool): One term for each anchor instead of each positive. Defaults to False.

    Returns:
        Contrast: Without any positive on any rank, the loss is a differentiable zero.
    """
    anchor, key = positive.nonzero(as_tuple=True)

    # Masked with the least finite value, so that an anchor without negatives gets a loss of
    # zero, and no infinity reaches a gradient.
    lowest = torch.finfo(similarity.dtype).min
    against = similarity.masked_fill(~negative, lowest).logsumexp(dim=1)
    if pooled:
        anchor = positive.any(dim=1).nonzero(as_tuple=True)[0]
        towards = similarity.masked_fill(~positive, lowest).logsumexp(dim=1)[anchor]
    else:
        towards = similarity[anchor, key]
    # -log(d / (d + n)) = log(1 + n / d)
    terms = F.softplus(against[anchor] - towards)
    with torch.no_grad():
        compared = similarity.masked_fill(~(positive | negative), lowest)
        nearest = compared.argmax(dim=1)
        counts = positive.sum(dim=1), negative.sum(dim=1)
        paired = counts[0] > 0
        hit = positive.gather(1, nearest[:, None]).squeeze(1)
        hit = (hit & torch.isfinite(compared).all(dim=1))[paired]
        share = (counts[0] / (counts[0] + counts[1]))[paired]
        accuracy, chance, negatives = (
            global_mean(values.to(similarity.dtype)) for values in (hit, share, counts[1])
        )
    return Contrast(global_mean(terms), accuracy, chance, negatives, len(anchor))


@MODELS.register_module()
class InfoNCELoss(nn.Module):
    r"""Contrast embeddings by their labels, with stop-gradient on the keys.

    With :math:`d(u, w) = \exp(\cos(u, \mathrm{sg}(w)) / \lambda)` (Eq. 2), every ordered pair
    (a, b) of embeddings with equal labels gives one term

    .. math:: \ell(a, b) = -\log \frac{d(a, b)}{d(a, b) + \sum_{c: y_c \neq y_a} d(a, c)}

    and the loss is their mean. Labels are relative transformations for Eq. 1, videos for Eq. 3.
    Several positives give several terms; the other positives of an anchor are in neither
    numerator nor denominator.

    In a distributed run, keys and labels of all ranks are gathered without gradient. As keys carry
    stop-gradient anyway, the averaged gradient is exactly that of the global batch.

    Args:
        temperature (float): λ > 0. Defaults to 0.1, **not in the paper's text**.

    Raises:
        ValueError: If the temperature is not positive.

    Example:
        >>> loss = InfoNCELoss(temperature=0.1)
        >>> embeddings = torch.randn(4, 8, requires_grad=True)
        >>> loss(embeddings, torch.tensor([0, 0, 1, 1])).backward()
    """

    def __init__(self, temperature: float = 0.1):
        super().__init__()
        if temperature <= 0:
            raise ValueError(f'temperature={temperature}: must be > 0, for example 0.1')
        self.temperature = temperature

    def forward(
        self, embeddings: Tensor, labels: Tensor, sources: Optional[Tensor] = None
    ) -> Tensor:
        """The loss alone; see :meth:`contrast`."""
        return self.contrast(embeddings, labels, sources).loss

    def contrast(
        self,
        embeddings: Tensor,
        labels: Tensor,
        sources: Optional[Tensor] = None,
        scopes: Optional[Tensor] = None,
        queue: Optional[KeyQueue] = None,
        keys: Optional[Tensor] = None,
        mined: Optional[Tensor] = None,
    ) -> Contrast:
        """Compute the loss, and figures to watch it by.

        Args:
            embeddings (Tensor): Shape (M, D), floating point; half precisions are computed in
                float32. Need not be normalised.
            labels (Tensor): Shape (M,), int64.
            sources (Tensor, optional): Shape (M,), int64. Embeddings of the same source are never
                positives of each other (Eq. 1 pairs *different* videos); those of another label
                still are negatives. None: every embedding is its own source.
            scopes (Tensor, optional): Shape (M,), int64. Only embeddings of the same scope are
                negatives of each other. None: all of another label are.
            queue (KeyQueue, optional): Past keys, which are further negatives where their label
                differs, and nothing where it does not. In training, this batch's keys enter it.
            keys (Tensor, optional): Shape (M, D); what stands in the place of the embeddings as
                keys, for example those of an averaged network. None: the embeddings themselves.
            mined (Tensor, optional): Shape (M, K), bool; past keys that are positives whatever
                their label. All positives of an anchor then give one term, see :func:`compare`.
                None: past keys are never positives.

        Returns:
            Contrast: Without any positive on any rank, the loss is a differentiable zero.
        """
        anchors = F.normalize(widened(embeddings), dim=1)
        own = anchors if keys is None else F.normalize(keys.to(anchors), dim=1)
        keys, first = gather_rows(own.detach())
        past = keys if queue is None else torch.cat([keys, queue.keys.to(keys)])
        similarity = dot_products(anchors, past) / self.temperature
        key_labels, _ = gather_rows(labels)
        positive, negative = self._masks(labels, key_labels, sources, scopes, first)
        if queue is not None:
            apart = (labels[:, None] != queue.labels[None]) & (queue.labels >= 0)
            found = torch.zeros_like(apart) if mined is None else mined
            positive = torch.cat([positive, found], dim=1)
            negative = torch.cat([negative, apart & ~found], dim=1)
            if queue.training:
                queue.push(keys, key_labels)
        return compare(similarity, positive, negative, pooled=mined is not None)

    @staticmethod
    def _masks(
        labels: Tensor,
        key_labels: Tensor,
        sources: Optional[Tensor],
        scopes: Optional[Tensor],
        first: int,
    ) -> Tuple[Tensor, Tensor]:
        """Which keys of all ranks (columns) are positives and negatives of which anchors (rows)."""
        same_label = labels[:, None] == key_labels[None]
        if sources is None:
            sources = torch.arange(first, first + len(labels), device=labels.device)
            key_sources = torch.arange(len(key_labels), device=labels.device)
        else:
            key_sources, _ = gather_rows(sources)
        positive = same_label & (sources[:, None] != key_sources[None])
        if scopes is None:
            return positive, ~same_label
        key_scopes, _ = gather_rows(scopes)
        return positive, ~same_label & (scopes[:, None] == key_scopes[None])

    def extra_repr(self) -> str:
        return f'temperature={self.temperature}'
