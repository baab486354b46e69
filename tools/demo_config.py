"""Write the config of a demo run: the demo's settings, fitted to some videos and to this machine.

python tools/demo_config.py BASE_CONFIG LIST --root FOLDER --index INDEX --out CONFIG

The config has at most 960 videos of the list, a batch size of at most 48, and as many epochs as
should fit into the allowed minutes, estimated from the time for loading and training one batch.
"""

import argparse
import time
from pathlib import Path

from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from tev_mmaction.files import write_file
from tev_mmaction.user_errors import errors_in_a_sentence

_MAX_VIDEOS, _MAX_BATCH = 960, 48


def seconds_per_iteration(cfg: Config, batch_size: int) -> float:
    """Time to load a batch and time to train on one, measured on the second of each."""
    init_default_scope(cfg.default_scope)
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    for first in (0, 1):
        start = time.perf_counter()
        samples = dataset.__getitems__([(first + i) % len(dataset) for i in range(batch_size)])
        loaded = time.perf_counter()
        model.train_step(pseudo_collate(samples), wrapper)
        trained = time.perf_counter()
    # They run side by side, but for caches and memory that they share.
    return 1.3 * max(loaded - start, trained - loaded)


def main() -> None:
    """Fit and write the config."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('base', type=Path, help='config to inherit')
    parser.add_argument('list', type=Path, help='list of usable videos')
    parser.add_argument('--root', required=True, help='folder of the paths in the list')
    parser.add_argument('--index', required=True, type=Path, help='index of the videos')
    parser.add_argument('--out', required=True, type=Path, help='config to write')
    parser.add_argument('--max-iterations', type=int, default=830)
    parser.add_argument('--max-minutes', type=float, default=7)
    args = parser.parse_args()
    lines = args.list.read_text().splitlines()
    if len(lines) < 4:
        parser.error(f'{len(lines)} usable video(s) in {args.root}: two groups of two are needed')
    chosen = args.out.with_suffix('.txt')
    lines = lines[:: -(-len(lines) // _MAX_VIDEOS)]
    write_file(chosen, '\n'.join(lines) + '\n')
    num_videos = len(lines)
    batch_size = min(_MAX_BATCH, num_videos // 2 * 2)

    cfg = Config.fromfile(args.base)
    data = dict(
        data_root=args.root, ann_file=str(chosen.resolve()), index_file=str(args.index.resolve())
    )
    cfg.train_dataloader.dataset.update(data)
    seconds = seconds_per_iteration(cfg, batch_size)
    iterations = min(args.max_iterations, int(60 * args.max_minutes / seconds))
    per_epoch = num_videos // batch_size
    epochs = max(2, iterations // per_epoch)
    warmup = max(1, epochs // 17)
    scheduler = cfg.param_scheduler
    scheduler[0].end = scheduler[1].begin = warmup
    scheduler[1].end = epochs
    write_file(
        args.out,
        f'_base_ = [{str(args.base.resolve())!r}]\n'
        f'train_dataloader = dict(batch_size={batch_size}, dataset=dict(**{data!r}))\n'
        f'train_cfg = dict(max_epochs={epochs})\n'
        f'param_scheduler = {[dict(s) for s in scheduler]!r}\n',
    )
    print(
        f'{epochs} epochs of {per_epoch} batches of {batch_size} videos, about '
        f'{epochs * per_epoch * seconds / 60:.0f} minutes'
    )


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
