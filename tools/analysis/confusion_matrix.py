"""Draw the confusion matrix of a classifier, from the predictions of ``tools/test.py --dump``.

    python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
    python tools/analysis/confusion_matrix.py predictions.pkl --classes classes.txt --out matrix.png

The tool uses MMAction2's ``ConfusionMatrix``. MMAction2's own tool cannot start if its wheel
lacks a module, see ``tev_mmaction/compat.py``.
"""

import argparse
from pathlib import Path
from typing import List

import matplotlib
import torch

import tev_mmaction  # noqa: F401  isort: skip  (before mmaction's parts)
from mmaction.evaluation import ConfusionMatrix
from mmengine.fileio import load

from tev_mmaction.datasets.labelled_list import read_classes
from tev_mmaction.files import check_output, replacing
from tev_mmaction.user_errors import errors_in_a_sentence

SHOWN = 10  # pairs of classes printed
MOST_VALUES = 30  # classes of a matrix that has its counts written in it


def matrix_of(predictions: str, classes: List[str]) -> torch.Tensor:
    """Counts (classes, classes): rows are true, columns predicted.

    Raises:
        ValueError: If the file has no scores of a classifier, or of another number of classes.
    """
    samples = load(predictions)
    usable = isinstance(samples, list) and samples and isinstance(samples[0], dict)
    if not usable or 'pred_score' not in samples[0] or 'gt_label' not in samples[0]:
        raise ValueError(
            f'{predictions} has no scores of classes: write it by tools/test.py --dump, with a '
            'config of fine-tuning'
        )
    scores = torch.stack([sample['pred_score'] for sample in samples])
    if classes and len(classes) != scores.shape[1]:
        raise ValueError(f'--classes names {len(classes)} classes, scores are of {scores.shape[1]}')
    labels = torch.cat([sample['gt_label'].flatten() for sample in samples])
    return ConfusionMatrix.calculate(scores, labels)


def main() -> None:
    """Draw the matrix, and print what is confused most often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('predictions', help='file of tools/test.py --dump')
    parser.add_argument('--classes', default='', help='class names, one per line')
    parser.add_argument('--out', required=True, type=Path, help='picture to write, .png')
    args = parser.parse_args()
    if args.out.suffix != '.png':
        parser.error(f'--out {args.out}: the name is to end in .png')
    if not Path(args.predictions).is_file():
        parser.error(f'{args.predictions} does not exist')
    check_output(args.out)
    classes = read_classes(args.classes)
    matrix = matrix_of(args.predictions, classes)
    names = classes or [str(number) for number in range(len(matrix))]
    matplotlib.use('Agg')
    figure = ConfusionMatrix.plot(
        matrix, include_values=len(names) <= MOST_VALUES, classes=names, show=False
    )
    with replacing(args.out) as part:
        figure.savefig(part, format='png', bbox_inches='tight')
    right, total = int(matrix.trace()), int(matrix.sum())
    print(f'{right} of {total} right ({right / total:.1%}); {args.out}')
    wrong = matrix.clone().fill_diagonal_(0)
    for position in wrong.flatten().argsort(descending=True, stable=True)[:SHOWN]:
        true, predicted = divmod(int(position), len(names))
        if wrong[true, predicted]:
            print(f'{int(wrong[true, predicted])} of {names[true]} taken for {names[predicted]}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
