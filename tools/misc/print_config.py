"""Print a config as it is run: with all that it inherits, and with options of the command line.

    python tools/misc/print_config.py CONFIG [--cfg-options ...] [--save-path config.py]

What is saved is a config without ``_base_``.
"""

import argparse

from tev_mmaction.engine.cfg_options import add_cfg_options, apply_cfg_options
from tev_mmaction.engine.launch import read_config
from tev_mmaction.files import write_file
from tev_mmaction.user_errors import errors_in_a_sentence


def main() -> None:
    """Print, and save where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='config file, or tev_mmaction::NAME.py')
    parser.add_argument('--save-path', help='file to write it to as well')
    add_cfg_options(parser, 'train_dataloader.dataset.data_root=FOLDER')
    args = parser.parse_args()
    cfg = read_config(args.config)
    apply_cfg_options(cfg, args.cfg_options or {})
    if args.save_path:
        write_file(args.save_path, cfg.pretty_text)
    print(cfg.pretty_text)


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
