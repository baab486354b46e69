"""Training steps on a GPU beside the bare backbone on random tensors: clips a second, and memory.

    python tools/benchmarks/gpu_training.py

For every Kinetics-400 config, in float32 and mixed precision, whole and chunk by chunk
(``model.chunk_size``): a whole training step (copy to the device, preprocessing, all heads,
optimiser) on a batch that lies ready, and fed by the data loader from an MJPEG cache. The figure is
the share of the bare backbone's speed, forward and backward, in the same run. Times are wall-clock
times; memory is that of PyTorch's allocator at its peak in a whole step, with the weights of the
bare backbone; the use of the GPU is the share of time in which a kernel ran, by ``nvidia-smi``.

This script was written without a GPU at hand: only its logic was run, on a CPU and tiny.
"""

import time
from itertools import product
from pathlib import Path
from typing import Callable, Dict, List, Optional

import caches
import measuring
import torch
import video_sets
from gpu_use import GpuUse
from measuring import Goal, Row, Spread
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from stock import CONFIGS
from torch.utils.data import DataLoader

from tev_mmaction.models.recognizers import pool_features

NAME = 'training on a GPU'
_BARE = 'bare backbone'


def wall_clock(device: str) -> Callable[[], float]:
    """Seconds, once the device has done all that it was given."""

    def clock() -> float:
        if device != 'cpu':
            torch.cuda.synchronize()
        return time.perf_counter()

    return clock


def repeated(videos: video_sets.VideoSet, num_videos: int) -> video_sets.VideoSet:
    """A set of ``num_videos`` videos, by links to the same ones again and again."""
    root = videos.root.with_name(f'{videos.root.name}_as_{num_videos}')
    paths = [Path(path) for path in videos.paths] * num_videos
    return video_sets.copied_set(videos.name, root, paths[:num_videos])


def build_loader(cfg: Config, videos: video_sets.VideoSet, args) -> DataLoader:
    """The config's loader, on the videos."""
    loader = cfg.train_dataloader.copy()
    loader.update(batch_size=args.batch_size, num_workers=args.workers)
    loader.update(persistent_workers=args.workers > 0)
    loader.dataset.update(
        data_root=str(videos.root),
        ann_file=str(videos.ann_file),
        data_prefix=dict(video=videos.prefix),
    )
    return Runner.build_dataloader(loader, seed=0)


def build_step(
    cfg: Config, amp: bool, chunk_size: Optional[int], device: str
) -> Callable[[dict], dict]:
    """A function that trains the model of a config on a batch."""
    settings = {} if chunk_size is None else dict(chunk_size=chunk_size)
    model = MODELS.build(dict(cfg.model, **settings)).to(device).train()
    wrapper = dict(type='OptimWrapper', optimizer=cfg.optim_wrapper.optimizer)
    if amp and device == 'cpu':
        wrapper.update(type='BFloat16OptimWrapper')
    elif amp:
        wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
    optim_wrapper = build_optim_wrapper(model, wrapper)
    return lambda batch: model.train_step(batch, optim_wrapper)


def build_bare(cfg: Config, amp: bool, shape: torch.Size, device: str) -> Callable[[], None]:
    """A function that runs the backbone on random clips (N, C, T, H, W)."""
    backbone = MODELS.build(cfg.model.backbone).to(device).train()
    layout = torch.channels_last_3d if cfg.model.channels_last else torch.contiguous_format
    backbone.to(memory_format=layout)
    clips = torch.randn(shape, device=device).contiguous(memory_format=layout)
    dtype = torch.bfloat16 if device == 'cpu' else torch.float16

    def run():
        backbone.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=dtype, enabled=amp):
            features = pool_features(backbone(clips))
        features.float().square().sum().backward()

    return run


def measure(path: Path, amp: bool, chunk_size: Optional[int], videos, args) -> List[Row]:
    """The rows of one setting: the step alone, and with the loader."""
    cfg = Config.fromfile(path)
    loader = build_loader(cfg, videos, args)
    batch = next(iter(loader))
    step = build_step(cfg, amp, chunk_size, args.device)
    shape = torch.stack(batch['inputs']).flatten(0, 1).shape
    bare = build_bare(cfg, amp, shape, args.device)
    memory = ''
    if args.device != 'cpu':
        torch.cuda.reset_peak_memory_stats()
        step(batch)
        memory = f', {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB'
    sides: Dict[str, Callable] = {
        _BARE: lambda: [bare() for _ in range(args.batches)],
        'step': lambda: [step(batch) for _ in range(args.batches)],
        'with loader': lambda: [step(fed) for fed in loader],
    }
    with GpuUse() as use:
        watched = {name: use.during(name, run) for name, run in sides.items()}
        times = measuring.interleaved(watched, args.repeats, wall_clock(args.device))
    rows = []
    num_clips = args.batches * len(batch['inputs']) * 2
    speeds = {name: [num_clips / second for second in seconds] for name, seconds in times.items()}
    for name, source in (('step', 'batch at hand'), ('with loader', f'loader, {videos.name}')):
        shares = Spread.of([100 * a / b for a, b in zip(speeds[name], speeds[_BARE])])
        # A chunk's forward is done twice, by design.
        goal = Goal('>=', 95) if name == 'with loader' and chunk_size is None else None
        settings = f'{"AMP" if amp else "fp32"}, chunks of {chunk_size or "all"}'
        busy = use.mean(name)
        figures = memory + (f', GPU busy for {busy:.0f} %' if busy is not None else '')
        rows.append(
            Row(
                NAME,
                f'{path.stem}, {settings}, batch {args.batch_size}, {source}{figures}',
                'clips/s',
                Spread.of(speeds[name]),
                Spread.of(speeds[_BARE]),
                _BARE,
                shares,
                'share of its speed in %',
                str(goal or ''),
                goal.verdict(shares.median) if goal else '',
                args.repeats,
            )
        )
    return rows


def main(argv=None) -> List[Row]:
    """Measure and print."""
    parser = measuring.parser(__doc__, repeats=5)
    video_sets.add_options(parser, ['U-h264'])
    default = sorted(CONFIGS.glob('tev_*_k400.py'))
    parser.add_argument('--configs', nargs='+', type=Path, default=default)
    parser.add_argument('--device', default='cuda', choices=('cuda', 'cpu'))
    parser.add_argument('--batch-size', type=int, default=32, help='videos, two clips each')
    parser.add_argument('--batches', type=int, default=8, help='a repeat')
    parser.add_argument('--chunk-size', type=int, default=8, help='videos')
    parser.add_argument('--workers', type=int, default=16)
    args = parser.parse_args(argv)
    measuring.prepare()
    rows = []
    if args.device == 'cuda' and not torch.cuda.is_available():
        rows.append(measuring.skipped(NAME, 'all settings', 'no GPU', Goal('>=', 95)))
    else:
        torch.backends.cudnn.benchmark = True
        (videos,) = video_sets.sets_of(args).values()
        videos = repeated(videos, args.batches * args.batch_size)
        videos = caches.make_cache(videos, args.clips, 'mjpeg')
        for path in args.configs:
            for amp, chunk_size in product((False, True), (None, args.chunk_size)):
                rows += measure(path, amp, chunk_size, videos, args)
    measuring.report(rows, args.out)
    return rows


if __name__ == '__main__':
    main()
