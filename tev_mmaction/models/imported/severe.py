"""R(2+1)D-18 of nine methods, as the SEVERE benchmark (Thoker et al., ECCV 2022) collects them.

Where their tensors are, and what they are called, is what the benchmark's code expects. It
normalises all of them as ImageNet, but for TCLR, which takes BGR from 0 to 1.
"""

from dataclasses import replace

from .source import Source, Table
from .torchvision import MOCO_PARTS, R2PLUS1D_18, R3D_18, RESNET_NAMES

IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
_BGR = dict(mean=[0.0, 0.0, 0.0], std=[255.0, 255.0, 255.0], to_rgb=True)
_AUDIO: Table = (
    (r'(?:module\.)?audio_\w+\.', 'audio'),
    (r'(?:module\.)?(?:mlp_[av]|video_proj)\w*\.', 'head'),
)
# Sequences of stem and stages, without their names.
_NUMBERED: Table = ((r'0\.(.+)', r'stem.\1'), (r'([1-4]\..+)', r'layer\1'))
_CTP: Table = (
    (r'stem\.conv_s\.(.+)', r'stem.0.\1'),
    (r'stem\.bn_s\.(.+)', r'stem.1.\1'),
    (r'stem\.conv_t\.(.+)', r'stem.3.\1'),
    (r'stem\.bn_t\.(.+)', r'stem.4.\1'),
    (r'(layer[1-4]\.\d\.conv[12])\.conv_s\.(.+)', r'\1.0.0.\2'),
    (r'(layer[1-4]\.\d\.conv[12])\.bn_s\.(.+)', r'\1.0.1.\2'),
    (r'(layer[1-4]\.\d\.conv[12])\.conv_t\.(.+)', r'\1.0.3.\2'),
    (r'(layer[1-4]\.\d)\.bn([12])\.(.+)', r'\1.conv\2.1.\3'),
    (r'(layer[1-4]\.\d\.downsample)\.conv\.(.+)', r'\1.0.\2'),
    (r'(layer[1-4]\.\d\.downsample)_bn\.(.+)', r'\1.1.\2'),
)

_MOCO = Source(
    name='severe-moco',
    what='MoCo in the SEVERE collection, R(2+1)D-18',
    prefixes=('module.encoder_q.', 'encoder_q.'),
    table=RESNET_NAMES,
    backbone=R2PLUS1D_18,
    normalisation=IMAGENET,
    clip_len=32,
    frame_interval=2,
    size=112,
    parts=MOCO_PARTS,
)
_SELAVI = replace(
    _MOCO,
    name='severe-selavi',
    what='SeLaVi in the SEVERE collection, R(2+1)D-18',
    prefixes=('module.video_network.base.', 'video_network.base.'),
    parts=_AUDIO,
)
TCLR_R2PLUS1D = replace(
    _MOCO,
    name='tclr-r2plus1d_18',
    what="TCLR's R(2+1)D-18",
    prefixes=('module.0.', '0.', 'module.'),
    backbone=dict(R2PLUS1D_18, dilated_last=True),
    normalisation=_BGR,
    clip_len=16,
    parts=((r'(?:module\.)?1\.', 'head'),),
    note='it takes BGR, and its last stage is dilated in time',
)

TCLR = (
    replace(
        TCLR_R2PLUS1D,
        name='tclr-r3d_18',
        what="TCLR's R3D-18",
        backbone=dict(R3D_18, dilated_last=True),
    ),
    TCLR_R2PLUS1D,
)
SEVERE = (
    _MOCO,
    replace(
        _MOCO,
        name='severe-video_moco',
        what='VideoMoCo in the SEVERE collection, R(2+1)D-18',
    ),
    _SELAVI,
    replace(
        _SELAVI,
        name='severe-gdt',
        what='GDT in the SEVERE collection, R(2+1)D-18',
    ),
    replace(
        _SELAVI,
        name='severe-avid_cma',
        what='AVID-CMA in the SEVERE collection, R(2+1)D-18',
        prefixes=('module.video_model.', 'video_model.'),
        note="AVID-CMA's own files are of another network",
    ),
    replace(
        _MOCO,
        name='severe-rspnet',
        what='RSPNet in the SEVERE collection, R(2+1)D-18',
        prefixes=('encoder_q.encoder.base_network.', 'module.encoder_q.encoder.base_network.'),
        table=_NUMBERED,
        parts=(*MOCO_PARTS, (r'(?:module\.)?encoder_q\.(?!encoder\.)\w+\.', 'head')),
        note="RSPNet's own files are of another network",
    ),
    replace(
        _MOCO,
        name='severe-pretext_contrast',
        what='Pretext-Contrast in the SEVERE collection, R(2+1)D-18',
        prefixes=('module.base_network.', 'base_network.'),
        table=_NUMBERED,
        parts=(),
    ),
    replace(
        _MOCO,
        name='severe-ctp',
        what='CtP in the SEVERE collection, R(2+1)D-18',
        prefixes=('backbone.', 'module.backbone.'),
        table=_CTP,
        backbone=dict(R2PLUS1D_18, norm_cfg=dict(type='BN3d', eps=1e-3)),
        parts=(),
        note="eps=1e-3 of batch-norm is that of CtP's code; SEVERE runs it with 1e-5",
    ),
    replace(TCLR_R2PLUS1D, name='severe-tclr', what='TCLR in the SEVERE collection, R(2+1)D-18'),
)
