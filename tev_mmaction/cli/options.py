"""Common options of the commands: the network and the protocol of the features."""

import argparse
from typing import Any, Dict

from ..apis.views import CROPS_OF_A_VIDEO
from ..evaluation.protocol import STANDARDISATIONS

WEIGHTS = 'r3d10-motion'  # a name of tev_mmaction.weights
_PROTOCOL = ('num_clips', 'frame_interval', 'clip_len', 'size', 'crops', 'standardisation')


def add_embedder_options(
    parser: argparse.ArgumentParser, default: str, standardised: bool = True
) -> None:
    """Add the options of the network and the protocol.

    Args:
        parser (argparse.ArgumentParser): Parser to which options are added.
        default (str): The default checkpoint, for the help.
        standardised (bool): Whether features are compared. Defaults to True.
    """
    parser.add_argument(
        '--checkpoint',
        help=f'file, or name of weights that come with the package; default: {default}',
    )
    parser.add_argument('--device', help='default: cuda if available, otherwise cpu')
    parser.add_argument('--config', help='config of the checkpoint; default: its own')
    parser.add_argument('--num-workers', type=int, default=2, help='decoding processes; default: 2')
    add_protocol_options(parser, standardised)


def add_protocol_options(parser: argparse.ArgumentParser, standardised: bool = True) -> None:
    """Add the options of the protocol.

    Args:
        parser (argparse.ArgumentParser): Parser to which options are added.
        standardised (bool): Whether features are compared. Defaults to True.
    """
    protocol = parser.add_argument_group('protocol', 'how a video becomes a feature')
    protocol.add_argument('--num-clips', type=int, help='clips per video; default: 10')
    protocol.add_argument('--frame-interval', type=int, help='speed; default: 4, or the config')
    protocol.add_argument('--clip-len', type=int, help='frames per clip; default: the config')
    protocol.add_argument('--size', type=int, help='pixels; default: the config')
    protocol.add_argument(
        '--crops', choices=CROPS_OF_A_VIDEO, help='crops per clip; default: three'
    )
    if standardised:
        protocol.add_argument(
            '--standardisation', choices=STANDARDISATIONS, help='default: gallery'
        )


def add_copy_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the places of a dataset and of a copy of it.

    Args:
        parser (argparse.ArgumentParser): Parser to which options are added.
        what (str): What the copy is, for the help.
    """
    parser.add_argument('data_root', help='folder of the dataset, as data_root of a config')
    parser.add_argument('out_root', help=f'folder of the {what}, empty or to be completed')
    parser.add_argument(
        '--lists',
        nargs='+',
        default=[],
        metavar='LIST',
        help='lists of `path label` lines below data_root; default: all videos of the folder',
    )
    parser.add_argument(
        '--prefix',
        default='',
        help='folder of the videos below data_root, as data_prefix.video of a config',
    )


def embedder_options(args: argparse.Namespace) -> Dict[str, Any]:
    """Arguments of :class:`~tev_mmaction.apis.VideoEmbedder` from the command line."""
    return dict(protocol_options(args), device=args.device, num_workers=args.num_workers)


def protocol_options(args: argparse.Namespace) -> Dict[str, Any]:
    """Fields of the protocol that the command line gives."""
    given = {key: getattr(args, key, None) for key in _PROTOCOL}
    return {key: value for key, value in given.items() if value is not None}
