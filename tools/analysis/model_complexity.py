"""Count parameters and multiply-accumulates of the backbones of configs.

python tools/analysis/model_complexity.py configs/tev_r3d18_k400.py --shape 16 112 112
"""

import argparse
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from tev_mmaction.engine.cfg_options import add_cfg_options, apply_cfg_options
from tev_mmaction.engine.launch import read_config
from tev_mmaction.user_errors import errors_in_a_sentence


def main() -> None:
    """Print one line a config."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('configs', nargs='+', type=Path)
    parser.add_argument(
        '--shape',
        nargs=3,
        type=int,
        default=(16, 112, 112),
        metavar=('T', 'H', 'W'),
        help='frames, height and width of a clip; default: 16 112 112',
    )
    add_cfg_options(parser, 'model.backbone.gating=False')
    args = parser.parse_args()
    MMLogger.get_instance('mmengine', log_level='ERROR')
    for path in args.configs:
        cfg = read_config(str(path))
        apply_cfg_options(cfg, args.cfg_options or {})
        init_default_scope(cfg.default_scope)
        facts = get_model_complexity_info(
            MODELS.build(cfg.model.backbone).eval(), (3, *args.shape), show_table=False
        )
        shape = '×'.join(map(str, args.shape))
        print(
            f'{path.stem:<26} {shape:<12} {facts["params"] / 1e6:7.2f} M parameters '
            f'{facts["flops"] / 1e9:7.2f} GMAC'
        )


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
