"""Which classes are confused: a picture, its counts as CSV, and a table of the classes as CSV.

    python tools/analysis/confusion_matrix.py WORK_DIR --out matrix.png

WORK_DIR is that of ``tools/test.py``, or a record, ``evaluation_*.json``, of a test or a
validation: of retrieval, of a linear probe, or of a fine-tuned classifier. Predictions that
``tools/test.py --dump`` wrote can be given instead::

    python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
    python tools/analysis/confusion_matrix.py predictions.pkl --classes classes.txt --out matrix.png

Beside ``matrix.png``, the tool writes ``matrix.csv`` and ``matrix_classes.csv``. If a test has
several metrics with classes, the name of each is appended, as in ``matrix_LinearProbeMetric.png``.
"""

import argparse
from pathlib import Path
from typing import List

import torch
from mmengine.fileio import load

from tev_mmaction.datasets.labelled_list import read_classes
from tev_mmaction.evaluation import MetricRecord, class_names, confusion_matrix, read_record
from tev_mmaction.evaluation.confusion import class_details
from tev_mmaction.files import check_output
from tev_mmaction.reporting import save_class_tables
from tev_mmaction.user_errors import errors_in_a_sentence

SHOWN = 10  # pairs of classes printed


def read_results(source: Path, classes: List[str]) -> List[MetricRecord]:
    """Records with what is confused.

    Raises:
        ValueError: If the source has none, or other classes.
    """
    if source.suffix in ('.pkl', '.pickle'):
        records = [_of_predictions(source)]
    else:
        records = [r for r in read_record(source).evaluations if 'confusion' in r.details]
    if not records:
        raise ValueError(
            f'the test in {source} has no metric with predicted classes, or is of an earlier '
            'version: test again with a config of configs/retrieval, configs/linear or '
            'configs/finetune'
        )
    for record in records if classes else ():
        count = len(confusion_matrix(record))
        if count != len(classes):
            raise ValueError(f'--classes names {len(classes)} classes, there are {count}')
        record.protocol['classes'] = classes
    return records


def _of_predictions(source: Path) -> MetricRecord:
    samples = load(str(source))
    usable = isinstance(samples, list) and samples and isinstance(samples[0], dict)
    if not usable or 'pred_score' not in samples[0] or 'gt_label' not in samples[0]:
        raise ValueError(
            f'{source} has no scores of classes: write it by tools/test.py --dump, with a '
            'config of fine-tuning'
        )
    scores = torch.stack([sample['pred_score'] for sample in samples])
    labels = torch.cat([sample['gt_label'].flatten() for sample in samples])
    found = class_details(scores.argmax(dim=1).cpu().numpy(), labels.cpu().numpy())
    found['classes'] = [f'class {number}' for number in range(scores.shape[1])]
    return MetricRecord('predictions', {}, {}, {}, {}, {}, details=found)


def main() -> None:
    """Write the files, and print what is confused most often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('source', type=Path, help='work directory, record, or dumped predictions')
    parser.add_argument('--classes', default='', help='class names, one per line')
    parser.add_argument('--out', required=True, type=Path, help='picture to write, .png')
    args = parser.parse_args()
    if args.out.suffix != '.png':
        parser.error(f'--out {args.out}: the name is to end in .png')
    if not args.source.exists():
        parser.error(f'{args.source} does not exist')
    check_output(args.out)
    records = read_results(args.source, read_classes(args.classes))
    for record in records:
        matrix = confusion_matrix(record)
        out = args.out
        if len(records) > 1:
            out = out.with_name(f'{out.stem}_{record.metric}.png')
        files = ', '.join(str(file) for file in save_class_tables(record, out))
        right, total = int(matrix.trace()), int(matrix.sum())
        print(f'{record.metric}: {right} of {total} right ({right / total:.1%}); {files}')
        names = class_names(record, len(matrix))
        wrong = sorted(record.details['confusion'], key=lambda triple: -triple[2])
        for true, predicted, count in [row for row in wrong if row[0] != row[1]][:SHOWN]:
            print(f'{count} of {names[true]} taken for {names[predicted]}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
