"""Draw the clips that a config's training pipeline gives the model.

    python tools/visualize/clip_pairs.py CONFIG --out clip_pairs.png [--cfg-options ...]

Every clip has a row of frames in playback order. Its caption has speed, direction and source
frames; pairs (p, q) also have shift and order. Videos of one group are below each other. Their
captions agree in the shared values: for pairs, everything except the position in the video.
"""

import argparse

import numpy as np
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope

from tev_mmaction.engine.cfg_options import add_cfg_options, apply_cfg_options
from tev_mmaction.engine.launch import read_config
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import check_picture, draw_clip_pairs, save_picture


def main() -> None:
    """Draw a batch and save the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file')
    parser.add_argument('--out', default='clip_pairs.png', help='picture to write')
    parser.add_argument('--num-groups', type=int, default=3)
    parser.add_argument('--seed', type=int, default=0, help='seed for the choice of videos')
    add_cfg_options(parser, 'train_dataloader.dataset.data_root=FOLDER')
    args = parser.parse_args()
    try:
        check_picture(args.out)
    except (OSError, ValueError) as error:
        parser.error(f'--out: {error}')
    cfg = read_config(args.config)
    apply_cfg_options(cfg, args.cfg_options or {})
    kind = ((cfg.get('train_dataloader') or {}).get('dataset') or {}).get('type')
    if kind != 'ClipPairDataset':
        parser.error(
            f'{args.config} draws no clips of groups of videos: the dataset of its '
            f'train_dataloader is {kind}, ClipPairDataset is needed. Configs at the top of configs '
            'have it'
        )
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    count = args.num_groups * dataset.group_size
    if count > len(dataset):
        parser.error(
            f'--num-groups {args.num_groups} needs {count} videos, there are {len(dataset)}'
        )
    indices = np.random.default_rng(args.seed).permutation(len(dataset))[:count]
    figure = draw_clip_pairs(dataset.__getitems__(indices.tolist()), dataset.group_size)
    save_picture(figure, args.out, dpi=80)
    print(f'{count} videos in groups of {dataset.group_size}: {args.out}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
