"""The loss of MIL-NCE: every clip has several candidate sentences, of which some may be wrong."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..distributed import gather_rows, gather_trained_rows, global_loss
from .info_nce import Contrast
from .similarity import dot_products, widened


def mil_nce(clips: Tensor, sentences: Tensor, valid: Tensor, videos: Tensor) -> Contrast:
    r"""MIL-NCE (Miech et al., CVPR 2020), Eq. 1.

    With the embeddings :math:`f_i` of the clips, the sentences :math:`P_i` of clip i with
    embeddings :math:`g`, and :math:`s_j(y) = f_j \cdot g_y`, each clip gives the term

    .. math:: -\log \frac{\sum_{y \in P_i} e^{s_i(y)}}{\sum_{y \in P_i} e^{s_i(y)}
        + \sum_{j} \sum_{y \in P_j} e^{s_i(y)} + \sum_{j} \sum_{y \in P_i} e^{s_j(y)}}

    with j over the clips of other videos, and the loss is the mean. The gradient flows into clips
    and sentences. In a distributed run, j is over the clips of all ranks, and the averaged gradient
    is that of the global batch; every rank holds all similarities, (ΣM)² k numbers.

    Args:
        clips (Tensor): Shape (M, D), floating point; half precisions are computed in float32.
        sentences (Tensor): Shape (M, k, D).
        valid (Tensor): Shape (M, k), bool; others are padding.
        videos (Tensor): Shape (M,), int64.

    Returns:
        Contrast: Accuracy is the share of clips whose most similar sentence, of their own ones and
        of those of other videos, is their own; ``num_positives`` counts the sentences of all ranks.
        Without any, the loss is a differentiable zero.
    """
    clips, sentences = (gather_trained_rows(widened(rows)) for rows in (clips, sentences))
    valid, videos = (gather_rows(rows)[0] for rows in (valid, videos))
    scores = dot_products(clips, sentences.flatten(0, 1)).unflatten(1, sentences.shape[:2])
    others = (videos[:, None] != videos[None])[..., None]
    own = torch.eye(len(clips), dtype=torch.bool, device=clips.device)[..., None] & valid
    wrong, asked_by_others = others & valid, others & valid[:, None]

    # Masked with the least finite value: no infinity reaches a gradient.
    lowest = torch.finfo(scores.dtype).min

    def total(values: Tensor, mask: Tensor) -> Tensor:
        return values.masked_fill(~mask, lowest).flatten(1).logsumexp(dim=1)

    against = torch.logaddexp(total(scores, wrong), total(scores.transpose(0, 1), asked_by_others))
    spoken = valid.any(dim=1)
    # -log(p / (p + n)) = log(1 + n / p)
    terms = F.softplus(against - total(scores, own))[spoken]
    with torch.no_grad():
        compared = scores.masked_fill(~(own | wrong), lowest).flatten(1)
        hit = own.flatten(1).gather(1, compared.argmax(dim=1, keepdim=True)).squeeze(1)
        hit = hit & torch.isfinite(compared).all(dim=1)
        counts = own.sum(dim=(1, 2)), wrong.sum(dim=(1, 2))
        number = spoken.sum().clamp(min=1)
        accuracy = hit[spoken].sum() / number
        chance = (counts[0] / (counts[0] + counts[1]))[spoken].sum() / number
        negatives = (counts[1] + asked_by_others.sum(dim=(1, 2)))[spoken].sum() / number
    return Contrast(
        global_loss(terms.sum() / number),
        accuracy.to(scores.dtype),
        chance.to(scores.dtype),
        negatives.to(scores.dtype),
        int(valid.sum()),
    )
