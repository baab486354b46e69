"""Clip pairs as samples and targets, and the contrastive loss as plain loops."""

import torch
from mmaction.structures import ActionDataSample

from tev_mmaction.models.heads import collect_targets
from tev_mmaction.temporal import ClipPair, ClipSpec

LENGTH = 4  # frames of a clip

# Four relative transformations; those of one speed differ in a direction, the order or the shift.
RELATED = dict(
    before=ClipPair(ClipSpec(0, 1, 1, LENGTH), ClipSpec(9, 2, 1, LENGTH)),
    after=ClipPair(ClipSpec(20, 4, -1, LENGTH), ClipSpec(3, 1, 1, LENGTH)),
    overlapping=ClipPair(ClipSpec(5, 2, -1, LENGTH), ClipSpec(4, 4, -1, LENGTH)),
    equal=ClipPair(ClipSpec(6, 2, 1, LENGTH), ClipSpec(6, 2, 1, LENGTH)),  # its own inverse
)


def shifted(pair, by):
    """The same relative transformation elsewhere in a video."""
    return ClipPair(
        *(ClipSpec(c.start + by, c.speed, c.direction, c.length) for c in pair_of(pair))
    )


def pair_of(pair):
    return pair.p, pair.q


def five_numbers(pair):
    """ρ(p, q), read from the clips."""
    p, q = pair_of(pair)
    return p.speed, p.direction, q.speed, q.direction, q.start - p.start


def data_sample(video, pair):
    """The sample that ClipPairDataset makes of a pair."""
    sample = ActionDataSample()
    sample.set_metainfo(dict(pair.labels, sample_idx=video))
    return sample


def samples_of(names, videos=None):
    """Samples of the named pairs, one a video unless ``videos`` says otherwise."""
    videos = range(len(names)) if videos is None else videos
    return [
        data_sample(v, shifted(RELATED[name], i)) for i, (name, v) in enumerate(zip(names, videos))
    ]


def targets_of(names, videos=None):
    return collect_targets(samples_of(names, videos))


def cosine(u, w):
    return (u * w).sum() / ((u * u).sum().sqrt() * (w * w).sum().sqrt())


def loop_info_nce(
    embeddings, labels, sources=None, temperature=0.1, keys=None, scopes=None, past=()
):
    """Eqs. 1 and 3 over labelled embeddings, term by term; ``keys`` stands for sg(embeddings).

    ``past`` are (key, label) of earlier batches.
    """
    keys = embeddings.detach() if keys is None else keys
    sources = list(range(len(labels))) if sources is None else sources
    scopes = [0] * len(labels) if scopes is None else scopes
    everyone = range(len(labels))
    terms = []
    for a in everyone:
        d = [torch.exp(cosine(embeddings[a], keys[c]) / temperature) for c in everyone]
        against = sum(d[c] for c in everyone if labels[c] != labels[a] and scopes[c] == scopes[a])
        for key, label in past:
            if label != labels[a]:
                against = against + torch.exp(cosine(embeddings[a], key) / temperature)
        for b in everyone:
            if labels[b] == labels[a] and sources[b] != sources[a]:
                terms.append(-torch.log(d[b] / (d[b] + against)))
    return sum(terms) / len(terms) if terms else 0 * embeddings.sum()
