"""Forward and backward of the backbones: bfloat16 and channels-last beside float32, contiguous.

    python tools/benchmarks/model_step.py

Clips of 16 frames at 112x112, on one thread. The goals are for processors with AMX.
"""

from pathlib import Path
from typing import Callable, List

import measuring
import torch
from measuring import Goal, Row
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from stock import CONFIGS

from tev_mmaction.engine import BFloat16OptimWrapper
from tev_mmaction.models.recognizers import pool_features

NAME = 'model step'
_FAST = 'bf16 + channels_last_3d'
_PLAIN = 'fp32'
_GOALS = {'tev_r3d18': 1.9, 'tev_r2plus1d18': 3.3}


def has_amx() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware."""
    return 'amx_bf16' in Path('/proc/cpuinfo').read_text()


def step_of(model: str, fast: bool, num_clips: int, size: int) -> Callable[[], None]:
    """A function that runs the backbone of a config forward and backward.

    Args:
        model (str): A file of ``configs/_base_/models``.
        fast (bool): bfloat16 autocast and channels-last memory format.
        num_clips (int): Clips of 16 frames.
        size (int): Height and width in pixels.
    """
    cfg = Config.fromfile(CONFIGS / f'_base_/models/{model}.py').model.backbone
    torch.manual_seed(0)
    backbone = MODELS.build(cfg).train()
    layout = torch.channels_last_3d if fast else torch.contiguous_format
    backbone.to(memory_format=layout)
    clips = torch.randn(num_clips, 3, 16, size, size).contiguous(memory_format=layout)
    # bfloat16 as `--amp` runs it, which works around wrong gradients on CPUs without AMX
    wrapper = BFloat16OptimWrapper if fast else OptimWrapper
    wrapper = wrapper(torch.optim.SGD(backbone.parameters(), lr=0.0))

    def run():
        backbone.zero_grad(set_to_none=True)
        with wrapper.optim_context(backbone):
            features = pool_features(backbone(clips))
        features.float().square().sum().backward()

    return run


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    parser.add_argument('--clips', type=int, default=2)
    parser.add_argument('--size', type=int, default=112)
    args = parser.parse_args(argv)
    measuring.prepare()
    rows = []
    for model, bound in _GOALS.items():
        sides = {
            name: step_of(model, fast, args.clips, args.size)
            for name, fast in ((_PLAIN, False), (_FAST, True))
        }
        times = measuring.interleaved(sides, args.repeats)
        amx = 'with' if has_amx() else 'without'
        case = f'{model}, a 16x{args.size}² clip, processor {amx} AMX'
        goal = Goal('>=', bound, has_amx())
        scale = 1000 / args.clips
        rows.append(measuring.compare(NAME, case, times, _FAST, _PLAIN, goal, scale=scale))
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
