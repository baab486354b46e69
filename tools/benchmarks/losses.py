"""The contrastive heads at 512 videos, forward and backward: ours beside explicit Python loops.

    python tools/benchmarks/losses.py

Both sides have the same MLPs; the loops are Eqs. 1-3 word by word, over products of normalised
embeddings. They run for some of the anchors only, and their time is scaled to all of them. The
share of a step is against R3D-18 in its cheapest setting here, bfloat16 and channels-last, measured
on a few clips and scaled to the 1024 of the batch.
"""

import math
from typing import Dict, List, Optional, Sequence

import measuring
import model_step
import numpy as np
import torch
import torch.nn.functional as F
from measuring import Goal, Row, Spread
from mmaction.registry import MODELS
from mmengine.config import Config
from stock import CONFIGS
from torch import Tensor, nn

from tev_mmaction.temporal import RelativeTransformSampler

NAME = 'losses'
LOOPS = 'explicit loops'
_WIDTH = 512


def build_heads() -> nn.ModuleDict:
    """The equivariance and the instance head of the configs."""
    cfg = Config.fromfile(CONFIGS / '_base_/models/tev_r3d18.py').model
    return nn.ModuleDict(
        {
            name: MODELS.build(cfg.heads[name], default_args=dict(in_channels=_WIDTH))
            for name in ('equivariance', 'instance')
        }
    )


def targets_of(num_videos: int) -> Dict[str, Tensor]:
    """Targets of groups of two videos with drawn relative transformations."""
    sampler, rng = RelativeTransformSampler(clip_len=16), np.random.default_rng(0)
    drawn = [sampler.sample(300, rng) for _ in range(num_videos // 2)]
    relative = torch.tensor([r.id for r in drawn]).repeat_interleave(2)
    swapped = torch.tensor([r.swapped().id for r in drawn]).repeat_interleave(2)
    return dict(sample_idx=torch.arange(num_videos), relative_id=relative, swapped_id=swapped)


def loop_loss(
    embeddings: Tensor,
    labels: Tensor,
    sources: Optional[Tensor],
    anchors: Sequence[int],
    temperature: float,
) -> Tensor:
    """Mean of the terms of some anchors, by loops over positives and negatives."""
    unit = F.normalize(embeddings, dim=1)
    keys = unit.detach().unbind()
    labels = labels.tolist()
    sources = list(range(len(labels))) if sources is None else sources.tolist()

    def d(a: int, b: int) -> Tensor:
        return (unit[a] @ keys[b] / temperature).exp()

    terms = []
    for a in anchors:
        for b in range(len(keys)):
            if labels[b] != labels[a] or sources[b] == sources[a]:
                continue
            against = 0
            for c in range(len(keys)):
                if labels[c] != labels[a]:
                    against = against + d(a, c)
            positive = d(a, b)
            terms.append(-(positive / (positive + against)).log())
    return torch.stack(terms).mean()


def inputs_of(name: str, features: Tensor, targets: Dict[str, Tensor]) -> tuple:
    """What a head contrasts, written out: input of its MLP, labels, sources."""
    if name == 'instance':
        return features.flatten(0, 1), targets['sample_idx'].repeat_interleave(2), None
    pairs = torch.cat([features, features.flip(1)]).flatten(1)
    labels = torch.cat([targets['relative_id'], targets['swapped_id']])
    return pairs, labels, torch.cat([targets['sample_idx']] * 2)


def check_values(heads: nn.ModuleDict) -> None:
    """Both sides must have the same losses, at a size that loops can do whole.

    Raises:
        AssertionError: If they do not.
    """
    features, targets = torch.randn(8, 2, _WIDTH), targets_of(8)
    for name, head in heads.items():
        inputs, labels, sources = inputs_of(name, features, targets)
        with torch.no_grad():
            ours = head.loss(features, targets)['loss'] / head.loss_weight
            embeddings = head.mlp(inputs)
            temperature = head.criterion.temperature
            loops = loop_loss(embeddings, labels, sources, range(len(labels)), temperature)
        if not math.isclose(ours, loops, rel_tol=1e-4):
            raise AssertionError(f'{NAME}: {name} is {ours:.6f}, by loops {loops:.6f}')


def measure_losses(num_videos: int, num_anchors: int, repeats: int) -> Dict[str, List[float]]:
    """CPU seconds of both heads, all anchors: ours, the loops, and the MLPs that both have."""
    heads = build_heads()
    check_values(heads)
    targets = targets_of(num_videos)
    features = torch.randn(num_videos, 2, _WIDTH)
    leaf = features.clone().requires_grad_()
    anchors = np.linspace(0, 2 * num_videos - 1, num_anchors).astype(int).tolist()
    fixed = {name: inputs_of(name, features, targets) for name in heads}

    def ours():
        sum(head.loss(leaf, targets)['loss'] for head in heads.values()).backward()

    def mlps():
        for name, head in heads.items():
            head.mlp(inputs_of(name, leaf, targets)[0]).sum().backward()

    def loops():
        for name, head in heads.items():
            inputs, labels, sources = fixed[name]
            embeddings = inputs[:, :_WIDTH].clone().requires_grad_()
            temperature = head.criterion.temperature
            loop_loss(embeddings, labels, sources, anchors, temperature).backward()

    # The loops take long and vary little.
    times = measuring.interleaved(dict(ours=ours, mlps=mlps, loops=loops), repeats)
    scale = 2 * num_videos / num_anchors
    times[LOOPS] = [m + scale * loop for m, loop in zip(times['mlps'], times.pop('loops'))]
    return times


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    parser.add_argument('--videos', type=int, default=512)
    parser.add_argument('--anchors', type=int, default=8, help='of twice as many as videos')
    parser.add_argument('--clips', type=int, default=2, help='of the backbone step')
    parser.add_argument('--size', type=int, default=112, help='of the clips, in pixels')
    args = parser.parse_args(argv)
    measuring.prepare()
    torch.manual_seed(0)
    times = measure_losses(args.videos, args.anchors, args.repeats)
    step = model_step.step_of('tev_r3d18', True, args.clips, args.size)
    seconds = measuring.interleaved(dict(step=step), args.repeats)['step']
    seconds = [2 * args.videos / args.clips * second for second in seconds]
    shares = [100 * a / (a + b) for a, b in zip(times['ours'], seconds)]
    case = f'N = {args.videos}, loops on {args.anchors} of {2 * args.videos} anchors'
    goal = Goal('<', 1)
    rows = [
        measuring.compare(NAME, case, times, 'ours', LOOPS, Goal('>=', 100)),
        measuring.compare(NAME, 'the MLPs alone', times, 'ours', 'mlps', inverse=True),
        Row(
            NAME,
            f'share of a step, backbone on {args.clips} of {2 * args.videos} clips',
            's',
            Spread.of(times['ours']),
            Spread.of(seconds),
            'backbone',
            Spread.of(shares),
            'share in %',
            str(goal),
            goal.verdict(Spread.of(shares).median),
            args.repeats,
        ),
    ]
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
