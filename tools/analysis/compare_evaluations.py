"""Print the results of several tests of frozen features side by side, with their protocol.

    python tools/analysis/compare_evaluations.py pre-trained=WORK_DIR random=OTHER_WORK_DIR

The tool reads the newest ``evaluation_test.json`` of each work directory of ``tools/test.py``. It
refuses results with different protocols.
"""

import argparse
import textwrap
from pathlib import Path
from typing import List

from tev_mmaction.evaluation import EvaluationRecord, check_comparable, read_record
from tev_mmaction.evaluation.comparison import without_dimensions
from tev_mmaction.user_errors import errors_in_a_sentence


def table(names: List[str], records: List[EvaluationRecord]) -> str:
    """Protocol, counts, and one line a figure."""
    lines, said = [], None
    for number, evaluation in enumerate(records[0].evaluations):
        if (evaluation.protocol, evaluation.counts) != said:  # most often one for all
            said = evaluation.protocol, evaluation.counts
            values = dict(said[0])
            if 'classes' in values:
                values['classes'] = f'{len(values["classes"])} named'
            protocol = ', '.join(f'{key} {value}' for key, value in values.items())
            lines += textwrap.wrap(f'protocol: {protocol}', 100, subsequent_indent='  ')
            counts = without_dimensions(said[1]).items()
            lines.append(', '.join(f'{name.replace("_", " ")} {value}' for name, value in counts))
        title = evaluation.metric.removesuffix('Metric')
        lines += ['', f'{title:<14}' + ''.join(f'{name:>14}' for name in [*names, 'chance'])]
        for figure in evaluation.results:
            values = [record.evaluations[number].results.get(figure) for record in records]
            values.append(evaluation.chance.get(figure))
            lines.append(f'{figure:<14}' + ''.join(_cell(figure, value) for value in values))
        for name, record in zip(names, records):
            lines += [f'{name}: {text}' for text in record.evaluations[number].warnings]
    lines.append('')
    for name, record in zip(names, records):
        lines.append(f'{name}: {record.backbone} {record.fingerprint}, {record.origin}')
    return '\n'.join(lines)


def _cell(figure: str, value: float) -> str:
    if value is None:
        return f'{"":>14}'
    return f'{value:>14g}' if figure == 'C' else f'{value:>14.1%}'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'results',
        nargs='+',
        metavar='NAME=WORK_DIR',
        help='name, and work directory (or evaluation_*.json) of tools/test.py',
    )
    args = parser.parse_args()
    names = [result.split('=', 1)[0] for result in args.results]
    try:
        records = [read_record(Path(result.split('=', 1)[-1])) for result in args.results]
        check_comparable(names, records)
    except ValueError as error:
        parser.error(str(error))
    print(table(names, records))


if __name__ == '__main__':
    with errors_in_a_sentence():
        main()
