"""Plot the curves of a training run, and print one line per task.

    python tools/analysis/training_curves.py WORK_DIR

Accuracies are shown with chance from the log. For classification tasks, it is the share of the
largest class; for contrastive tasks, 1/K for an anchor with K keys and one positive. If the log
does not have it, it is computed from clips drawn as in the run, or from the list of a fine-tuning.
"""

import argparse
from contextlib import suppress
from pathlib import Path

from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tev_mmaction.reporting import read_curves, read_evaluations, with_chance
from tev_mmaction.texts import message_of
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import draw_curves, save_picture


def main() -> None:
    """Draw the curves and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dir', type=Path, help='work directory of tools/train.py')
    parser.add_argument('--out', type=Path, help='picture; default: WORK_DIR/curves.png')
    args = parser.parse_args()
    configs = list(args.work_dir.glob('*.py'))
    if len(configs) != 1:
        parser.error(
            f'{args.work_dir} holds {len(configs)} configs, one is expected: is it the '
            'work directory of one run of tools/train.py?'
        )
    cfg = Config.fromfile(configs[0])
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    try:
        curves = read_curves(args.work_dir)
    except FileNotFoundError as error:
        parser.error(message_of(error))
    if not curves:
        parser.error(f'the logs below {args.work_dir} hold no accuracy of a training')
    with suppress(OSError, ValueError):  # where the videos are gone, what guessing gives is, too
        curves = with_chance(
            curves, cfg.model, lambda: DATASETS.build(cfg.train_dataloader.dataset)
        )
    out = args.out or args.work_dir / 'curves.png'
    evaluations = read_evaluations(args.work_dir)
    save_picture(draw_curves(curves, evaluations), out, dpi=90)
    print(
        f'{"task":<14}{"loss: first":>12}{"last":>9}{"accuracy: first":>17}{"last":>8}{"chance":>9}'
    )
    for curve in curves:
        chance = f'{curve.chance:9.1%}' if curve.chance is not None else f'{"?":>9}'
        print(
            f'{curve.task:<14}{curve.loss[0]:12.4f}{curve.loss[-1]:9.4f}'
            f'{curve.accuracy[0]:17.1%}{curve.accuracy[-1]:8.1%}{chance}'
        )
    for name, (epochs, values) in evaluations.items():
        print(f'{name:<14}epoch {epochs[0]}: {values[0]:.1%}, epoch {epochs[-1]}: {values[-1]:.1%}')
    print(f'after {curves[0].iterations[-1]} iterations; curves: {out}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
