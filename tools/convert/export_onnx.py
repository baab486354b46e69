"""Export a network as a program that computes features without this package.

    python tools/convert/export_onnx.py work_dirs/tev_r3d18_k400/epoch_200.pth r3d18.onnx
    python tools/convert/export_onnx.py r3d10-motion r3d10.pt2 --format pt2

How the clips of a video are made is in the metadata of the file, see docs/deploy.md.
"""

import argparse
import json
import os

import tev_mmaction  # noqa: F401  (lets torch read mmengine's checkpoints)
from tev_mmaction.apis import VideoEmbedder, export_network
from tev_mmaction.apis.exporting import FORMATS, OPSET, check_export
from tev_mmaction.cli.options import add_protocol_options, protocol_options
from tev_mmaction.texts import with_flags


def main(argv=None) -> None:
    """Export."""
    parser = argparse.ArgumentParser(
        description='Write a backbone with its pooling as a program: clips to features'
    )
    parser.add_argument(
        'checkpoint', help='of a recognizer, or a name of weights that come with the package'
    )
    parser.add_argument('out', help='file to write, .onnx or .pt2')
    parser.add_argument(
        '--format',
        choices=list(FORMATS),
        default='onnx',
        help=f'onnx: ONNX of opset {OPSET}; pt2: a program of torch.export; default: onnx',
    )
    parser.add_argument('--config', help='config of the checkpoint; default: its own')
    add_protocol_options(parser, standardised=False)
    args = parser.parse_args(argv)
    options = protocol_options(args)
    try:
        check_export(args.out, args.format)
        embedder = VideoEmbedder(args.checkpoint, args.config, device='cpu', **options)
        exported = export_network(embedder, args.out, args.format)
    except (OSError, ValueError) as error:
        parser.error(with_flags(error, ['format', *options]))
    opset = f' of opset {OPSET}' if args.format == 'onnx' else ''
    shape = ', '.join(map(str, exported.clips))
    print(
        f'wrote {args.out}: {args.format}{opset}, {os.path.getsize(args.out) / 1e6:.1f} MB, '
        f'fingerprint {embedder.fingerprint}\n'
        f'clips (batch, {shape}) -> features (batch, {exported.feature_dim}); they differ from '
        f'those of PyTorch by {exported.difference:.1e} of the largest value'
    )
    for key, value in json.loads(exported.metadata['preprocessing']).items():
        print(f'{key}: {value}')


if __name__ == '__main__':
    main()
