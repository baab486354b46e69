"""Draw the similarities between relative transformations, ordered by shift.

    python tools/visualize/equivariance_matrix.py WORK_DIR --out equivariance_matrix.png

The tool reads the newest record with ``EquivarianceMetric`` below the work directory of
``tools/test.py`` or ``tools/train.py``, or a given record ``evaluation_*.json``.
"""

import argparse
from pathlib import Path

from tev_mmaction.evaluation import EvaluationRecord
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import draw_equivariance_matrix, save_picture


def main() -> None:
    """Find the record, draw and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('record', type=Path, help='work directory, or record (evaluation_*.json)')
    parser.add_argument('--out', default='equivariance_matrix.png', help='picture to write')
    parser.add_argument('--title', default='', help='title, for example the model')
    args = parser.parse_args()
    record = args.record
    if not record.is_file():
        records = sorted(record.glob('**/evaluation_*.json'), key=lambda path: path.stat().st_mtime)
        if not records:
            parser.error(f'no evaluation_*.json below {record}')
        record = records[-1]
    try:
        matrices = EvaluationRecord.read(record).matrices
        if not matrices:
            raise ValueError(
                f'{record} has no similarity matrix: it should be the record of an evaluation with '
                'EquivarianceMetric and matrix_size above 0'
            )
        save_picture(draw_equivariance_matrix(matrices[0], args.title), args.out, dpi=100)
    except ValueError as error:
        parser.error(str(error))
    print(f'{record}: {args.out}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
