"""Train the networks that come with the package again, from nothing, as their records say.

    python tools/convert/make_weights.py                  # all, one after another
    python tools/convert/make_weights.py r3d10-motion --work-dir work_dirs/weights

The commands are those of ``tev_mmaction/weights/files/NAME.json``. What is there is not made
again: a call that was stopped goes on where it was, also within a training. The backbone is
exported to ``WORK_DIR/NAME.safetensors`` and compared with the one that comes with the package.
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


def training_of(record: NamedWeights, folder: Path) -> List[str]:
    """Arguments of ``tools/train.py`` that begin or go on with the training in ``folder``."""
    _, tool, config, *options = shlex.split(record.training['command'])
    resume = ['--resume'] if (folder / 'last_checkpoint').exists() else []
    return [tool, config, '--work-dir', str(folder), *resume, *options]


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


def make(record: NamedWeights, work_dir: Path) -> None:
    """Make the data, train, export and compare."""
    for each in record.training['data_commands']:
        if not (ROOT / each['makes']).exists():
            call(shlex.split(each['command'])[1:])
    folder = work_dir / record.name
    checkpoint = folder / record.training['checkpoint']
    if not checkpoint.exists():
        call(training_of(record, folder))
    out = work_dir / f'{record.name}.safetensors'
    call(['tools/convert/export_backbone.py', str(checkpoint), str(out)])
    print(f'{record.name}: {compared(load_file(out), load_file(record.file))}', flush=True)


def main() -> int:
    """Make the networks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = ', '.join(list_weights())
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'{known}; default: all')
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/weights'), help='folder of the runs'
    )
    args = parser.parse_args()
    records = [get_weights(name) for name in args.names or list_weights()]
    for record in records:
        make(record, args.work_dir.resolve())
    return 0


if __name__ == '__main__':
    with errors_in_a_sentence():
        sys.exit(main())
