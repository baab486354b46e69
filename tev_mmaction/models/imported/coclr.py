"""S3D of CoCLR (Han et al., NeurIPS 2020), also of its InfoNCE and UberNCE."""

from .severe import IMAGENET
from .source import Source, Table
from .torchvision import MOCO_PARTS

# Its blocks, which are attributes and entries of `block1` to `block5` at once, and our place.
_CONVS = {'Conv_1a': (0, 'block1.0'), 'Conv_2b': (2, 'block2.1'), 'Conv_2c': (3, 'block2.2')}
_MIXED = dict(
    [(f'Mixed_3{letter}', (5 + i, f'block3.{1 + i}')) for i, letter in enumerate('bc')]
    + [(f'Mixed_4{letter}', (8 + i, f'block4.{1 + i}')) for i, letter in enumerate('bcdef')]
    + [(f'Mixed_5{letter}', (14 + i, f'block5.{1 + i}')) for i, letter in enumerate('bc')]
)


def _single(theirs: str, ours: str) -> Table:
    """A convolution and its norm."""
    return (rf'{theirs}\.conv\.(.+)', rf'{ours}.0.\g<1>'), (
        rf'{theirs}\.bn\.(.+)',
        rf'{ours}.1.\g<1>',
    )


def _separable(theirs: str, ours: str) -> Table:
    """A convolution over space and one over time, with their norms."""
    return tuple(
        (rf'{theirs}\.{kind}{number}\.(.+)', rf'{ours}.{number - 1}.{place}.\g<1>')
        for number in (1, 2)
        for place, kind in enumerate(('conv', 'bn'))
    )


def _table() -> Table:
    rows: list = []
    for name, (place, entry) in _CONVS.items():
        for theirs in (name, entry.replace('.', r'\.')):
            make = _single if name == 'Conv_2b' else _separable
            rows += make(theirs, f'features.{place}')
    for name, (place, entry) in _MIXED.items():
        for theirs in (name, entry.replace('.', r'\.')):
            ours = f'features.{place}'
            rows += _single(rf'{theirs}\.branch0\.0', f'{ours}.branch0')
            for branch in ('branch1', 'branch2'):
                rows += _single(rf'{theirs}\.{branch}\.0', f'{ours}.{branch}.0')
                rows += _separable(rf'{theirs}\.{branch}\.1', f'{ours}.{branch}.1')
            rows += _single(rf'{theirs}\.branch3\.1', f'{ours}.branch3.1')
    return tuple(rows)


COCLR = (
    Source(
        name='coclr-s3d',
        what="CoCLR's S3D of RGB, pre-trained or fine-tuned; also of InfoNCE and UberNCE",
        prefixes=('encoder_q.0.', 'module.encoder_q.0.', 'backbone.', 'module.backbone.'),
        table=_table(),
        # PyTorch's own eps and momentum, where S3D and torchvision have 1e-3
        backbone=dict(type='S3DG', gating=False, norm_cfg=dict(type='BN3d')),
        normalisation=IMAGENET,
        clip_len=32,
        frame_interval=1,
        size=128,
        heads=r'(?!)',
        parts=(
            *MOCO_PARTS,
            (r'(?:module\.)?sampler\.', 'network of the other stream'),
            (r'(?:module\.)?encoder_q\.[1-9]\.', 'head'),
            (r'(?:module\.)?final_\w+\.', 'head'),
        ),
        note='a network of optical flow has the same names and shapes: do not give one',
    ),
)
