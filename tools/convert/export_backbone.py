"""Export the backbone of a checkpoint as plain weights, for use in other code.

python tools/convert/export_backbone.py work_dirs/tev_r3d18_k400/epoch_200.pth r3d18.pth
"""

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Type

import torch
from safetensors.torch import load_file
from torch import nn

import tev_mmaction  # noqa: F401  (lets torch read mmengine's checkpoints)
from tev_mmaction.apis.checkpoint import config_of_backbone, read_backbone
from tev_mmaction.files import check_output, replacing
from tev_mmaction.models import S3DG, VideoResNet
from tev_mmaction.models.backbone_weights import Weights
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.models.imported.torchvision import MC3_18, R2PLUS1D_18, R3D_18, S3D
from tev_mmaction.texts import message_of
from tev_mmaction.weights.safetensors_file import to_bytes

SUFFIXES = ('.pth', '.safetensors')


class Architecture(NamedTuple):
    """One of torchvision's networks as a backbone of ours."""

    backbone: Type[nn.Module]
    kwargs: Dict[str, Any]
    classifier: str  # torchvision's name of what we lack


def _arguments(config: Dict[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in config.items() if key != 'type'}


TORCHVISION = dict(
    r2plus1d_18=Architecture(VideoResNet, _arguments(R2PLUS1D_18), 'fc'),
    r3d_18=Architecture(VideoResNet, _arguments(R3D_18), 'fc'),
    mc3_18=Architecture(VideoResNet, _arguments(MC3_18), 'fc'),
    s3d=Architecture(S3DG, _arguments(S3D), 'classifier'),
)
_NO_ARCHITECTURE = ('type', '_scope_', 'init_cfg')
_MOMENTUM = re.compile(r'\bmomentum=[^,)]+, ')
_BUFFERS = ('running_mean', 'running_var', 'num_batches_tracked')


def torchvision_name(weights: Weights, config: Optional[dict]) -> str:
    """Which of torchvision's architectures the backbone is."""
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    reasons = []
    for name, (backbone, kwargs, _) in TORCHVISION.items():
        reference = _on_meta(backbone, kwargs)
        expected = {k: tuple(tensor.shape) for k, tensor in reference.state_dict().items()}
        difference = _difference(found, expected)
        if difference is None:
            _check_config(name, reference, config)
            return name
        reasons.append(f'{name} has {difference}')
    raise ValueError(
        f'this backbone is none that torchvision has: {"; ".join(reasons)}. They are VideoResNet '
        "of depth 18 and base_channels 64 with batch-norm, stem_pool=False, shortcut='B' and "
        'factorised=True (r2plus1d_18) or stem_kernel=(3, 7, 7) (r3d_18; mc3_18 with '
        'spatial_stages=(2, 3, 4)), and S3DG of '
        'base_channels 64 with batch-norm and gating=False (s3d)'
    )


def _difference(found: Dict[str, tuple], expected: Dict[str, tuple]) -> Optional[str]:
    for name in [*expected, *found]:
        if found.get(name) != expected.get(name):
            theirs, ours = expected.get(name, 'no such tensor'), found.get(name, 'no such tensor')
            return f'{name}: {theirs}, the checkpoint {ours}'
    return None


def _check_config(name: str, reference: nn.Module, config: Optional[dict]) -> None:
    """What has no weights, such as a pool, shows in the config only."""
    kind = (config or {}).get('type')
    if kind is None:
        print(f'{name} by names and shapes; without a config, a pool after the stem would not show')
        return
    kwargs = {key: value for key, value in config.items() if key not in _NO_ARCHITECTURE}
    same_kind = kind.rpartition('.')[2] == type(reference).__name__
    if not same_kind or _shown(_on_meta(type(reference), kwargs)) != _shown(reference):
        raise ValueError(
            f'the weights fit {name}, but its config does not: {config}. torchvision has no pool '
            'after the stem of a VideoResNet (stem_pool=False), batch-norms with eps=1e-5 there '
            'and with eps=1e-3 in s3d'
        )


def _on_meta(backbone: Type[nn.Module], kwargs: dict) -> nn.Module:
    """Shapes without numbers."""
    with torch.device('meta'):
        return backbone(**kwargs)


def _shown(backbone: nn.Module) -> str:
    """All that matters to what a trained network computes; the momentum of its norms does not."""
    return _MOMENTUM.sub('', repr(backbone))


def write(weights: Weights, path: Path, metadata: Dict[str, str]) -> None:
    """Write a file that appears only when it is whole, and reads back as it should."""
    with replacing(path) as part:
        if path.suffix == '.pth':
            torch.save(weights, part)
            read = torch.load(part, map_location='cpu', weights_only=True)
        else:
            Path(part).write_bytes(to_bytes(weights, metadata))  # save_file hides it from others
            read = load_file(part)
        if fingerprint(read) != fingerprint(weights):  # names, shapes, dtypes, and every byte
            raise OSError(f'what was written to {path} reads back differently')


def export(checkpoint: str, out: Path, torchvision: bool = False) -> None:
    """Write the backbone's weights, and print what they are and how they are used."""
    if out.suffix not in SUFFIXES:
        raise ValueError(f'{out}: the file is to end in {" or ".join(SUFFIXES)}')
    if not out.parent.is_dir():
        raise ValueError(f'there is no folder {out.parent} to write {out.name} to')
    if out.exists() and os.path.exists(checkpoint) and out.samefile(checkpoint):
        raise ValueError(f'{out} is the checkpoint itself: give another name')
    check_output(out)
    weights, text = read_backbone(checkpoint)
    config = config_of_backbone(text)
    name = torchvision_name(weights, config) if torchvision else None
    mark = fingerprint(weights)
    metadata = dict(format='pt', fingerprint=mark, source=os.path.basename(checkpoint))
    if config is not None:
        metadata['backbone'] = json.dumps(config)
    write(weights, out, metadata)

    counters = sum(key.endswith('num_batches_tracked') for key in weights)
    parameters = sum(t.numel() for key, t in weights.items() if not key.endswith(_BUFFERS))
    print(
        f'wrote {out}: {len(weights)} tensors ({counters} of them counters of batch-norm), '
        f'{parameters:,} parameters, {out.stat().st_size / 1e6:.1f} MB, fingerprint {mark}'
    )
    print(usage(out, config, name))


def usage(out: Path, config: Optional[dict], torchvision: Optional[str]) -> str:
    """How the written file is used."""
    lines = [f'backbone: {config or "unknown, the checkpoint has no readable config"}']
    if torchvision:
        lines.append(f'it is {torchvision} of torchvision:')
        lines.append(f'  model = torchvision.models.video.{torchvision}()')
        missing = TORCHVISION[torchvision].classifier
        lines.append(f'  model.load_state_dict(weights, strict=False)  # lacks only {missing}.*')
    if out.suffix == '.safetensors':
        return '\n'.join([*lines, f"read it by safetensors.torch.load_file('{out.name}')"])
    return '\n'.join(
        [
            *lines,
            f"read it by torch.load('{out.name}', weights_only=True); in a config, either",
            f"  load_from = '{out}'",
            "  custom_hooks = [dict(type='BackboneWeightsHook')]  # any backbone; checks every key",
            'or, without that hook,',
            f"  model.backbone.init_cfg = dict(type='Pretrained', checkpoint='{out}')",
            '  # for VideoResNet, S3DG, MViT, Swin, ViT; ignored by ResNet3d, SlowOnly, CSN,',
            '  # UniFormer, which take pretrained=... with pretrained2d=False',
        ]
    )


def main(argv=None) -> None:
    """Export."""
    parser = argparse.ArgumentParser(
        description='Write the backbone of a checkpoint, pre-trained or fine-tuned, as plain '
        'weights: keys without "backbone."'
    )
    parser.add_argument(
        'checkpoint', help='of a recognizer, or a name of weights that come with the package'
    )
    parser.add_argument('out', type=Path, help='file to write, .pth or .safetensors')
    parser.add_argument(
        '--torchvision',
        action='store_true',
        help="check that the weights fit torchvision's r2plus1d_18, r3d_18, mc3_18 or s3d",
    )
    args = parser.parse_args(argv)
    try:
        export(args.checkpoint, args.out, args.torchvision)
    except (OSError, ValueError) as error:
        parser.error(message_of(error))


if __name__ == '__main__':
    main()
