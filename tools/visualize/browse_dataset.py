"""Write what a config's pipeline makes of its videos as animated pictures, to be watched.

    python tools/visualize/browse_dataset.py CONFIG FOLDER [-p test] [-n 8] [--cfg-options ...]

Each file (WebP) has the clips of a video side by side, as the model receives them. A line per file
names the video and its label; for the pairs of a pre-training, it says how the clips p and q were
drawn. For the steps of a pipeline, see MMAction2's tool of this name, which knows no pairs.
"""

import argparse
from pathlib import Path
from typing import Iterator, Tuple

import numpy as np
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope
from PIL import Image

from tev_mmaction.engine.cfg_options import add_cfg_options, apply_cfg_options
from tev_mmaction.engine.launch import read_config
from tev_mmaction.files import make_folder
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import clip_pictures, describe_clips


def main() -> None:
    """Write the first videos of a dataset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file')
    parser.add_argument('output_dir', type=Path, help='folder to write to')
    parser.add_argument('--phase', '-p', default='train', choices=['train', 'test', 'val'])
    parser.add_argument('--show-number', '-n', type=int, default=8, help='videos; default: 8')
    parser.add_argument('--fps', type=int, default=5, help='of what is written; default: 5')
    add_cfg_options(parser, 'train_dataloader.dataset.data_root=FOLDER')
    args = parser.parse_args()
    if args.show_number < 1 or args.fps < 1:
        parser.error('--show-number and --fps: at least 1')
    cfg = read_config(args.config)
    apply_cfg_options(cfg, args.cfg_options or {})
    loader = cfg.get(f'{args.phase}_dataloader')
    if not loader:
        parser.error(f'{args.config} has no {args.phase}_dataloader: choose another --phase')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    dataset = DATASETS.build(loader.dataset)
    make_folder(args.output_dir)
    for number, (caption, clips) in enumerate(shown(dataset, min(args.show_number, len(dataset)))):
        file = args.output_dir / f'video_{number}.webp'
        first, *rest = map(Image.fromarray, np.concatenate(clips, axis=2))
        first.save(file, save_all=True, append_images=rest, duration=1000 // args.fps, loop=0)
        print(f'{file}: {caption}')


def shown(dataset, count: int) -> Iterator[Tuple[str, np.ndarray]]:
    """Caption and clips (V, T, H, W, 3) of so many videos; pairs are drawn in whole groups."""
    group = getattr(dataset, 'group_size', None)
    if group:
        if count < group:
            raise ValueError(f'{count} video(s) hold no group of {group}: raise --show-number')
        samples = dataset.__getitems__(list(range(count // group * group)))
        for sample, clips in zip(samples, clip_pictures(samples)):
            metainfo = sample['data_samples'].metainfo
            texts = [text.replace('\n', ', ') for text in describe_clips(metainfo)]
            yield ' | '.join([metainfo['filename'], *texts]), clips
        return
    for index in range(count):
        sample, info = dataset[index], dataset.get_data_info(index)
        clips = sample['inputs']
        if clips.ndim != 5:
            raise ValueError(
                f'the pipeline packs inputs of shape {tuple(clips.shape)}, and clips (V, C, T, H, '
                "W) can be shown: input_format='NCTHW' of FormatShape makes them"
            )
        if clips.shape[1] == 1:  # grey
            clips = clips.expand(-1, 3, -1, -1, -1)
        yield f'{info["filename"]} | label {info.get("label")}', clips.movedim(1, -1).numpy()


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
