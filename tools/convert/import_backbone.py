"""Import weights of other projects as a checkpoint for this package.

python tools/convert/import_backbone.py r2plus1d_18 r2plus1d_18-91a641e6.pth r2plus1d.pth
"""

import argparse
from pathlib import Path

import torch

import tev_mmaction  # noqa: F401  (registers the backbones)
from tev_mmaction.files import check_output, replacing
from tev_mmaction.models.backbone_weights import COUNTER
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.models.imported import Imported, import_weights, list_sources
from tev_mmaction.texts import message_of


def describe(imported: Imported, out: Path) -> str:
    """What was taken, what was not, and what the network takes."""
    source = imported.source
    total = sum(not name.endswith(COUNTER) for name in imported.weights)
    normalisation = dict(source.normalisation)
    channels = 'BGR' if normalisation.pop('to_rgb', False) else 'RGB'
    lines = [
        f'wrote {out}: {total} tensors of {imported.backbone["type"]}, all that it has, from '
        f'{imported.place}; fingerprint {imported.fingerprint}'
    ]
    lines += [f'left out: {count} tensors, {what}' for what, count in imported.left_out.items()]
    lines += [f'computed: {name}' for name in imported.computed]
    lines.append(
        f'input: {channels}, {normalisation}; clips of {source.clip_len} frames, '
        f'{source.frame_interval} apart, {source.size}x{source.size} pixels'
    )
    return '\n'.join([*lines, *([f'note: {source.note}'] if source.note else [])])


def run(source: str, checkpoint: str, out: Path) -> None:
    """Import."""
    if out.suffix != '.pth':
        raise ValueError(f'{out}: the file is to end in .pth')
    if out.exists() and Path(checkpoint).exists() and out.samefile(checkpoint):
        raise ValueError(f'{out} is the checkpoint itself: give another name')
    check_output(out)
    imported = import_weights(source, checkpoint)
    content = imported.checkpoint()
    with replacing(out) as part:
        torch.save(content, part)
        read = torch.load(part, map_location='cpu', weights_only=True)
        if fingerprint(read['state_dict']) != fingerprint(content['state_dict']):
            raise OSError(f'what was written to {out} reads back differently')
    print(describe(imported, out))


def main(argv=None) -> None:
    """Import."""
    width = max(map(len, list_sources()))
    parser = argparse.ArgumentParser(
        description='Write weights of others as a checkpoint with config, input normalisation and '
        'order of colours',
        epilog='sources:\n' + '\n'.join(f'  {k:{width}}  {v}' for k, v in list_sources().items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help='source of the file, see below')
    parser.add_argument('checkpoint', help='their file, or hf://OWNER/REPO/FILE')
    parser.add_argument('out', type=Path, help='file to write, .pth')
    args = parser.parse_args(argv)
    try:
        run(args.source, args.checkpoint, args.out)
    except (OSError, ValueError) as error:
        parser.error(message_of(error))


if __name__ == '__main__':
    main()
