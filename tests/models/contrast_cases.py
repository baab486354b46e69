"""Labelled embeddings whose loss must not depend on which rank holds them."""

import torch
from mmaction.registry import MODELS
from torch import nn

from tev_mmaction.models import InfoNCELoss
from tev_mmaction.models.losses import KeyQueue, cross_contrast, mil_nce

# Of the embeddings in order of rank.
PATTERNS = dict(
    labels=dict(labels=[0, 1, 0, 2, 1, 0, 2, 1]),
    positives_on_other_ranks_only=dict(labels=[0, 1, 3, 0, 1, 5, 6, 7]),
    positives_on_one_rank_only=dict(labels=[0, 1, 2, 3, 4, 4, 4, 4]),
    sources=dict(labels=[0, 1, 0, 2, 0, 1, 0, 2], sources=[3, 3, 7, 9, 3, 9, 9, 8]),
    same_source_across_ranks=dict(
        labels=[0, 1, 2, 0, 1, 2, 0, 1], sources=[0, 1, 2, 0, 1, 2, 3, 4]
    ),
    no_positives=dict(labels=[0, 1, 2, 3, 4, 5, 6, 7]),
    scopes=dict(labels=[0, 1, 0, 2, 1, 0, 2, 1], scopes=[4, 5, 4, 4, 5, 5, 4, 4]),
    queue=dict(labels=[0, 1, 0, 2, 1, 0, 2, 1], queue=5),
    mined=dict(
        labels=[0, 1, 0, 2, 1, 0, 2, 1],
        queue=5,
        mined=[[column == row // 2 for column in range(5)] for row in range(8)],
    ),
    averaged_keys=dict(labels=[0, 1, 0, 2, 1, 0, 2, 1], keys=True),
)


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def linear_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 5)).double()


def contrast(model, pattern, rows):
    """Loss and figures of some rows of the global batch; with a queue, of the second batch."""
    labels = {
        name: values for name, values in PATTERNS[pattern].items() if name not in ('queue', 'keys')
    }
    labels = {name: torch.tensor(values)[rows] for name, values in labels.items()}
    embeddings, figures = model(random(8, 7)[rows]), {}
    if 'queue' in PATTERNS[pattern]:
        mined = labels.pop('mined', None)
        labels['queue'] = queue = KeyQueue(PATTERNS[pattern]['queue'], 5)
        InfoNCELoss().contrast(random(8, 5, seed=1)[rows], **labels)
        labels['mined'] = mined
        figures = dict(queue_keys=queue.keys.clone(), queue_labels=queue.labels.clone())
    if 'keys' in PATTERNS[pattern]:
        labels['keys'] = random(8, 5, seed=2)[rows]
    result = InfoNCELoss().contrast(embeddings, **labels)
    figures.update(accuracy=result.accuracy, chance=result.chance, negatives=result.negatives)
    return result.loss, figures


def swav_net():
    torch.manual_seed(0)
    cfg = dict(type='SwAVHead', in_channels=7, num_prototypes=6, norm_cfg=None)
    return LossOf(MODELS.build(cfg).double())


class LossOf(nn.Module):
    """A head as a network whose output is its loss, as DDP wants it."""

    def __init__(self, head):
        super().__init__()
        self.head = head

    def forward(self, features):
        return self.head.loss(features, {})


def swap(model, rows):
    """Loss and figures of a head whose codes are balanced over all ranks."""
    logs = model(random(8, 2, 7)[rows])
    return logs['loss'], logs


def two_modalities(model, rows):
    """Loss and figures of the contrast of a batch with itself in another modality."""
    both = model(torch.cat([random(8, 7)[rows], random(8, 7, seed=3)[rows]])).chunk(2)
    labels = torch.tensor(PATTERNS['labels']['labels'])[rows]
    result = cross_contrast(*both, labels, temperature=0.1)
    figures = dict(accuracy=result.accuracy, chance=result.chance, negatives=result.negatives)
    return result.loss, figures


class Embeddings(nn.Module):
    """A network for clips and one for sentences."""

    def __init__(self, clips, sentences):
        super().__init__()
        self.clips, self.sentences = clips, sentences

    def forward(self, clips, sentences):
        return self.clips(clips), self.sentences(sentences)


def narrated_net():
    torch.manual_seed(0)
    return Embeddings(nn.Linear(7, 5), nn.Linear(4, 5)).double()


def narrate(model, rows):
    """Loss and figures of clips and their sentences, some of which are missing."""
    clips, sentences = model(random(8, 7)[rows], random(8, 3, 4, seed=1)[rows])
    spoken = random(8, 3, seed=2)[rows] > -0.5
    spoken[:, 0] = True
    videos = torch.tensor([3, 1, 3, 2, 1, 0, 4, 5])[rows]
    result = mil_nce(clips, sentences, spoken, videos)
    return result.loss, result.logged()


# A network and its loss, whose gradients must be those of one process.
NETWORKS = dict(
    swav=(swav_net, swap),
    modalities=(linear_net, two_modalities),
    narrated=(narrated_net, narrate),
)
