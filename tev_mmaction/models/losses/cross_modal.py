"""Contrast between two modalities of the same clips."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..distributed import gather_rows
from .info_nce import Contrast, compare
from .similarity import dot_products, widened


def cross_contrast(first: Tensor, second: Tensor, labels: Tensor, temperature: float) -> Contrast:
    r"""InfoNCE from each modality to the other.

    With :math:`d(u, w) = \exp(\cos(u, \mathrm{sg}(w)) / \lambda)`, every clip a and every clip b
    with the same label, which may be a itself, give the two terms

    .. math:: -\log \frac{d(u_a, w_b)}{d(u_a, w_b) + \sum_{c: y_c \neq y_a} d(u_a, w_c)}

    and the same with u and w exchanged. Clips of the same modality are not compared. As in
    :class:`InfoNCELoss`, keys carry stop-gradient and come from all ranks.

    Args:
        first (Tensor): Shape (M, D), u, floating point, in one modality.
        second (Tensor): Shape (M, D), w, of the same clips in the other modality.
        labels (Tensor): Shape (M,), int64, on the same device.
        temperature (float): λ > 0.

    Returns:
        Contrast: The mean over all terms, with figures.
    """
    anchors = [F.normalize(widened(each), dim=1) for each in (first, second)]
    keys = [gather_rows(each.detach())[0] for each in anchors]
    key_labels, _ = gather_rows(labels)
    similarity = torch.cat([dot_products(a, k) for a, k in zip(anchors, reversed(keys))])
    positive = (labels[:, None] == key_labels[None]).repeat(2, 1)
    return compare(similarity / temperature, positive, ~positive)
