import math

import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS
from pairs import cosine

EPSILON, TEMPERATURE, PROTOTYPES = 0.3, 0.2, 4


def loop_codes(scores):
    """Caron et al., Eq. 3 and their listing: rows of Q are prototypes, columns are clips."""
    count, q = len(scores), []
    for k in range(PROTOTYPES):
        q.append([math.exp(scores[b][k] / EPSILON) for b in range(count)])
    for _ in range(3):
        for k in range(PROTOTYPES):
            total = sum(q[k])
            q[k] = [value / total / PROTOTYPES for value in q[k]]
        for b in range(count):
            total = sum(q[k][b] for k in range(PROTOTYPES))
            for k in range(PROTOTYPES):
                q[k][b] /= total * count
    return [[q[k][b] * count for k in range(PROTOTYPES)] for b in range(count)]


@pytest.mark.parametrize('num_clips', [2, 3])
def test_each_clip_predicts_the_balanced_codes_of_the_others(num_clips):
    torch.manual_seed(0)
    cfg = dict(type='SwAVHead', in_channels=3, num_prototypes=PROTOTYPES, norm_cfg=None)
    head = MODELS.build(dict(cfg, temperature=TEMPERATURE, epsilon=EPSILON)).double()
    features = torch.randn(5, num_clips, 3, dtype=torch.float64, requires_grad=True)
    values = head.loss(features, {})
    scores = [
        [[cosine(head.mlp(f[None])[0], c) for c in head.prototypes] for f in video]
        for video in features
    ]
    values_of = [[[s.item() for s in clip] for clip in video] for video in scores]
    codes = [loop_codes([video[a] for video in values_of]) for a in range(num_clips)]
    terms, hits = [], []
    for video, found in enumerate(scores):
        for a in range(num_clips):
            code = codes[a][video]
            assert sum(code) == pytest.approx(1)
            for b in range(num_clips):
                if a != b:
                    total = sum(torch.exp(s / TEMPERATURE) for s in found[b])
                    shares = [torch.exp(s / TEMPERATURE) / total for s in found[b]]
                    terms.append(-sum(q * torch.log(p) for q, p in zip(code, shares)))
                    hits.append(code.index(max(code)) == shares.index(max(shares)))
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))
    best = [code.index(max(code)) for of_clip in codes for code in of_clip]
    largest = max(best.count(k) for k in range(PROTOTYPES))
    assert values['chance'].item() == pytest.approx(largest / len(best))


def test_one_clip_is_refused():
    with pytest.raises(ValueError, match='SwAVHead: use a clip_sampler that draws several clips'):
        MODELS.build(dict(type='SwAVHead', in_channels=3)).loss(torch.randn(4, 1, 3), {})
