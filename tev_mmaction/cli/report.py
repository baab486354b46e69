"""Make the report of a run: one HTML file for any browser, which needs no network.

    tev-report WORK_DIR --evaluations pre-trained=TEST_DIR random=OTHER_TEST_DIR

``WORK_DIR`` is the work directory of ``tools/train.py``, or of ``tools/test.py``. Evaluations are
named as for ``tools/analysis/compare_evaluations.py``. Several evaluations of the same weights may
have the same name. Evaluations below ``WORK_DIR`` are found automatically.
"""

import argparse
from pathlib import Path

from ..files import check_output
from ..reporting import report_page, save_page
from ..texts import message_of
from ..user_errors import errors_in_a_sentence


def main() -> None:
    """Collect, assemble and save; errors of this package end with one sentence."""
    with errors_in_a_sentence():
        make_report()


def make_report() -> None:
    """Collect, assemble and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('work_dir', type=Path, help='work directory of a run')
    parser.add_argument(
        '--evaluations',
        nargs='+',
        default=[],
        metavar='NAME=WORK_DIR',
        help='name of the weights, and work directory or record of tools/test.py',
    )
    parser.add_argument('--out', type=Path, help='page to write; default: WORK_DIR/report.html')
    args = parser.parse_args()
    out = args.out or args.work_dir / 'report.html'
    named = []
    for text in args.evaluations:
        name, equals, path = text.partition('=')
        if not equals:
            parser.error(f'--evaluations {text}: give NAME=WORK_DIR')
        named.append((name, Path(path)))
    if not args.work_dir.is_dir():
        parser.error(f'there is no folder {args.work_dir}')
    if not out.parent.is_dir():
        parser.error(f'there is no folder {out.parent} to write {out.name} to')
    try:
        check_output(out)  # before pictures are drawn
        text = report_page(args.work_dir, named)
        save_page(out, text)
    except (OSError, ValueError) as error:
        parser.error(message_of(error))
    print(f'{out}: {len(text.encode()) / 1e6:.1f} MB')
