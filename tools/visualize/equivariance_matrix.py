"""Draw how alike relative transformations are to a model, ordered by shift.

    python tools/visualize/equivariance_matrix.py WORK_DIR --out equivariance_matrix.png

Takes the newest report of an evaluation with ``EquivarianceMetric`` below the work directory of
``tools/test.py`` or ``tools/train.py``, or the report ``evaluation_*.json`` that is named itself.
"""

import argparse
from pathlib import Path

from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.visualization import save_equivariance_matrix


def main() -> None:
    """Find the report, draw and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('report', type=Path, help='work directory, or report')
    parser.add_argument('--out', default='equivariance_matrix.png', help='picture to write')
    parser.add_argument('--title', default='', help='for example what model it is')
    args = parser.parse_args()
    report = args.report
    if not report.is_file():
        reports = sorted(report.glob('**/evaluation_*.json'), key=lambda path: path.stat().st_mtime)
        if not reports:
            parser.error(f'no evaluation_*.json below {report}')
        report = reports[-1]
    try:
        save_equivariance_matrix(report, args.out, args.title)
    except ValueError as error:
        parser.error(str(error))
    print(f'{report}: {args.out}')


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
