"""torchvision's video networks; our backbones bear their names."""

from functools import partial

from .source import Source, Table

R3D_18 = dict(type='VideoResNet', stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B')
MC3_18 = dict(R3D_18, spatial_stages=(2, 3, 4))
R2PLUS1D_18 = dict(type='VideoResNet', factorised=True, stem_pool=False, shortcut='B')
S3D = dict(type='S3DG', gating=False)

RESNET_NAMES: Table = ((r'((?:stem|layer[1-4])\..+)', r'\1'),)
S3D_NAMES: Table = ((r'(features\..+)', r'\1'),)

# Of DistributedDataParallel, MoCo, mmengine's recognizers, and classifiers of others.
PREFIXES = tuple(
    f'{outer}{inner}'
    for outer in ('', 'module.')
    for inner in ('', 'encoder_q.', 'backbone.', 'base.')
)
MOCO_PARTS: Table = (
    (r'(?:module\.)?encoder_k\.', 'momentum copy'),
    (r'(?:module\.)?queue\w*', 'queue'),
)
_KINETICS = dict(mean=[110.2008, 100.63983, 95.99475], std=[58.14765, 56.46975, 55.332195])

_source = partial(
    Source,
    prefixes=PREFIXES,
    normalisation=_KINETICS,
    clip_len=16,
    frame_interval=2,
    parts=MOCO_PARTS,
)

TORCHVISION = (
    _source(
        name='r3d_18',
        what="torchvision's R3D-18, also of other trainings of it",
        table=RESNET_NAMES,
        backbone=R3D_18,
        size=112,
    ),
    _source(
        name='mc3_18',
        what="torchvision's MC3-18, also of other trainings of it",
        table=RESNET_NAMES,
        backbone=MC3_18,
        size=112,
    ),
    _source(
        name='r2plus1d_18',
        what="torchvision's R(2+1)D-18, also of other trainings of it",
        table=RESNET_NAMES,
        backbone=R2PLUS1D_18,
        size=112,
    ),
    _source(
        name='s3d',
        what="torchvision's S3D, also of other trainings of it",
        table=S3D_NAMES,
        backbone=S3D,
        size=224,
        heads=r'classifier\.',
    ),
)
