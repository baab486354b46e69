"""Memory of a training process with and without FSDP: two gloo processes on a CPU.

For each of both, two processes train the network of a config on random clips, of few pixels, so
that parameters, gradients and the optimizer's state are most of the memory. The figures are
resident sets above that of a process that has imported everything: the most until the first step
is over, and the most in the steps after it. Linux only.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Dict

import torch
from mmaction.structures import ActionDataSample
from mmengine._strategy import DDPStrategy
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.multiprocessing import start_processes

from tev_mmaction.engine import SoundFSDPStrategy
from tev_mmaction.engine.launch import end_process_group

PROCESSES, VIDEOS, FRAMES, SIZE, STEPS = 2, 2, 4, 32, 3


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('config', help='config of a pre-training of a VisionTransformer')
    return parser.parse_args()


def main() -> None:
    """Measure, and print a line of JSON for each."""
    args = parse_args()
    for divided in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            start_processes(
                measure, (args.config, divided, folder), PROCESSES, start_method='spawn'
            )
            ranks = [json.loads(path.read_text()) for path in sorted(Path(folder).glob('*.json'))]
        print(json.dumps(dict(divided=divided, ranks=ranks)), flush=True)


def measure(rank: int, config: str, divided: bool, folder: str) -> None:
    """What one process does; leaves its figures as JSON in `folder`."""
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(PROCESSES))
    torch.distributed.init_process_group(
        'gloo', f'file://{folder}/store', rank=rank, world_size=PROCESSES
    )
    figures = train(rank, config, divided, folder)
    Path(folder, f'{rank}.json').write_text(json.dumps(figures))
    end_process_group()


def train(rank: int, config: str, divided: bool, folder: str) -> Dict[str, int]:
    """Number of parameters in this process, and peaks of its memory in bytes."""
    cfg = Config.fromfile(config)
    init_default_scope('mmaction')
    cfg.model.update(chunk_size=None)
    cfg.model.backbone.update(img_size=SIZE, num_frames=FRAMES)
    common = dict(work_dir=folder, env_kwargs=dict(launcher='pytorch'))
    if divided:
        strategy = SoundFSDPStrategy(model_wrapper=cfg.strategy.model_wrapper, **common)
    else:
        wrapper = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)
        strategy = DDPStrategy(model_wrapper=wrapper, **common)
    reset_peak()
    before = resident()['VmRSS']
    model, optim_wrapper = strategy.prepare(cfg.model, optim_wrapper=cfg.optim_wrapper)
    model.train()
    peaks = []
    for _ in range(STEPS):
        model.train_step(batch(rank), optim_wrapper)
        peaks.append(resident()['VmHWM'] - before)
        reset_peak()
    parameters = sum(p.numel() for p in model.parameters())
    return dict(parameters=parameters, first=peaks[0], later=max(peaks[1:]))


def batch(rank: int) -> dict:
    """Random clips, as a data loader gives them."""
    samples = []
    for video in range(VIDEOS):
        sample = ActionDataSample()
        group = (rank * VIDEOS + video) // 2
        labels = dict(sample_idx=rank * VIDEOS + video, relative_id=2 * group)
        labels.update(swapped_id=2 * group + 1, speeds=(1, 2), directions=(1, -1), order=0)
        sample.set_metainfo(labels)
        samples.append(sample)
    clips = torch.randint(256, (VIDEOS, 2, 3, FRAMES, SIZE, SIZE), dtype=torch.uint8)
    return dict(inputs=list(clips), data_samples=samples)


def resident() -> Dict[str, int]:
    """Resident set of this process and the most since the last reset, in MB."""
    lines = [line.split() for line in Path('/proc/self/status').read_text().splitlines()]
    return {line[0][:-1]: int(line[1]) // 1000 for line in lines if line[0].startswith('Vm')}


def reset_peak() -> None:
    """Begin a new most."""
    Path('/proc/self/clear_refs').write_text('5')


if __name__ == '__main__':
    main()
