import pytest
import torch
from head_cases import assert_same_gradients, close
from mmaction.registry import MODELS

WIDTH, CLIPS = 8, 3


def normalised(norm, x):
    spread = ((x - x.mean()) ** 2).mean()
    return (x - x.mean()) / (spread + norm.eps).sqrt() * norm.weight + norm.bias


def encode(layer, tokens):
    """A layer of Vaswani et al.: attention of two heads and two linear layers, each added."""
    attention, half = layer.self_attn, WIDTH // 2
    q, k, v = (
        [
            attention.in_proj_weight[i * WIDTH : (i + 1) * WIDTH] @ token
            + attention.in_proj_bias[i * WIDTH : (i + 1) * WIDTH]
            for token in tokens
        ]
        for i in range(3)
    )
    outputs = []
    for a, token in enumerate(tokens):
        heads = []
        for part in (slice(0, half), slice(half, WIDTH)):
            weights = [torch.exp((q[a][part] * key[part]).sum() / half**0.5) for key in k]
            heads.append(sum(w * value[part] for w, value in zip(weights, v)) / sum(weights))
        attended = attention.out_proj.weight @ torch.cat(heads) + attention.out_proj.bias
        x = normalised(layer.norm1, token + attended)
        hidden = (layer.linear1.weight @ x + layer.linear1.bias).clamp(min=0)
        outputs.append(
            normalised(layer.norm2, x + layer.linear2.weight @ hidden + layer.linear2.bias)
        )
    return outputs


def test_each_clip_is_predicted_from_the_others():
    torch.manual_seed(0)
    cfg = dict(type='MaskedClipHead', in_channels=WIDTH, num_clips=CLIPS, num_heads=2)
    head = MODELS.build(cfg).double()
    with torch.no_grad():
        head.mask.normal_()
    features = torch.randn(2, CLIPS, WIDTH, dtype=torch.float64, requires_grad=True)
    values = head.loss(features, {})
    clips = [(n, t) for n in range(2) for t in range(CLIPS)]
    terms, hits = [], []
    for n, t in clips:
        tokens = [head.mask if s == t else features[n, s] for s in range(CLIPS)]
        tokens = [token + position for token, position in zip(tokens, head.positions)]
        for layer in head.transformer.layers:
            tokens = encode(layer, tokens)
        predicted = head.predict(tokens[t])
        scores = {clip: (predicted * features[clip]).sum() for clip in clips}
        terms.append(-torch.log(scores[n, t].exp() / sum(s.exp() for s in scores.values())))
        hits.append(max(scores, key=scores.get) == (n, t))
    expected = sum(terms) / len(terms)
    close(values['loss'], expected)
    assert_same_gradients(head, features, values['loss'], expected)
    assert values['acc'].item() == pytest.approx(sum(hits) / len(hits))
    assert values['negatives'] == 5 and values['chance'].item() == pytest.approx(1 / 6)
