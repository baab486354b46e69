"""Write a network as a folder for the Hugging Face hub or for colleagues.

python tools/convert/publish.py work_dirs/tev_r3d18_k400 published/r3d18 --licence apache-2.0
"""

import argparse
import os

import tev_mmaction  # noqa: F401  (lets torch read mmengine's checkpoints)
from tev_mmaction.apis import publish
from tev_mmaction.texts import with_flags


def main(argv=None) -> None:
    """Publish."""
    parser = argparse.ArgumentParser(
        description='Write the backbone of a checkpoint as safetensors, with its config, a record '
        'and a model card'
    )
    parser.add_argument(
        'checkpoint', help='a checkpoint, a work directory, or the name of a network'
    )
    parser.add_argument('out', help='folder to make')
    parser.add_argument('--name', help='of the network; default: the name of the folder')
    parser.add_argument('--description', help='a sentence; default: the backbone in words')
    parser.add_argument('--licence', help='of the weights, such as apache-2.0; default: unknown')
    parser.add_argument('--limits', help='limitations of the network')
    parser.add_argument(
        '--evaluations',
        nargs='+',
        default=(),
        metavar='WORK_DIR',
        help='work directories of tests of this checkpoint, whose figures go into the card',
    )
    parser.add_argument('--config', help='of a checkpoint that has none of its own')
    args = parser.parse_args(argv)
    options = {key: value for key, value in vars(args).items() if key not in ('checkpoint', 'out')}
    try:
        record = publish(args.checkpoint, args.out, **options)
    except (OSError, ValueError) as error:
        parser.error(with_flags(error, options))
    files = ', '.join(sorted(os.listdir(args.out)))
    print(
        f'wrote {args.out}: {files}; {record.file.stat().st_size / 1e6:.1f} MB, fingerprint '
        f'{record.fingerprint}\n'
        f'use it:    VideoEmbedder({args.out!r}), or load_from={args.out!r}\n'
        f'upload it: hf upload OWNER/REPO {args.out}; it is then hf://OWNER/REPO'
    )


if __name__ == '__main__':
    main()
