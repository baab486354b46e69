"""Train the networks of the package again from scratch, with the steps of their records.

    python tools/convert/make_weights.py                  # all, one after another
    python tools/convert/make_weights.py r3d10-motion --out work_dirs/weights

The commands are the ``steps`` of ``tev_mmaction/weights/files/NAME.json``, and run in the root of
the repository. A step whose result exists is skipped, and a training that was stopped resumes from
its last checkpoint. The backbone is exported to ``OUT/NAME.safetensors`` and compared with the one
that comes with the package.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

from safetensors.torch import load_file
from torch import Tensor

from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.user_errors import errors_in_a_sentence
from tev_mmaction.weights import NamedWeights, get_weights, list_weights

ROOT = Path(__file__).resolve().parents[2]


def call(arguments: List[str]) -> None:
    """Run a tool of this repository in its root.

    Raises:
        RuntimeError: If it fails.
    """
    print(f'python {shlex.join(arguments)}', flush=True)
    if subprocess.run([sys.executable, *arguments], cwd=ROOT).returncode:
        raise RuntimeError(f'`python {shlex.join(arguments)}` failed, see above')


def arguments_of(command: str) -> List[str]:
    """Arguments of a recorded command; a training that was stopped resumes."""
    _, *arguments = shlex.split(command)
    if arguments[0] == 'tools/train.py':
        folder = ROOT / 'work_dirs' / Path(arguments[1]).stem
        if (folder / 'last_checkpoint').exists():
            arguments.insert(2, '--resume')
    return arguments


def compared(made: Dict[str, Tensor], shipped: Dict[str, Tensor]) -> str:
    """A sentence on how two sets of weights with the same names differ."""
    if fingerprint(made) == fingerprint(shipped):
        return 'the weights are those of the package, bit for bit'
    differences = [(made[key].float() - shipped[key].float()).abs().max() for key in shipped]
    return (
        f'the weights are not those of the package: they differ by up to {max(differences):.3g}. '
        'Another processor or version of PyTorch rounds differently, and training amplifies that; '
        'compare what they reach by the commands of docs/weights.md'
    )


def make(record: NamedWeights, out: Path) -> None:
    """Run the steps, export and compare."""
    steps = record.training['steps']
    for step in steps:
        if not (ROOT / step['makes']).exists():
            call(arguments_of(step['command']))
    out.mkdir(parents=True, exist_ok=True)
    file = out / f'{record.name}.safetensors'
    call(['tools/convert/export_backbone.py', steps[-1]['makes'], str(file)])
    print(f'{record.name}: {compared(load_file(file), load_file(record.file))}', flush=True)


def main() -> int:
    """Make the networks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = ', '.join(list_weights())
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'{known}; default: all')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/weights'), help='folder of the exported files'
    )
    args = parser.parse_args()
    records = [get_weights(name) for name in args.names or list_weights()]
    for record in records:
        make(record, args.out.resolve())
    return 0


if __name__ == '__main__':
    with errors_in_a_sentence():
        sys.exit(main())
