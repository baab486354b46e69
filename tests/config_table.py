"""What the table of all configs says of each, read from the config itself."""

from mmengine.config import Config

from helpers import ROOT

FOLDER = ROOT / 'configs'
CONFIGS = sorted(
    (path for path in FOLDER.rglob('*.py') if '_base_' not in path.parts),
    key=lambda path: (len(path.relative_to(FOLDER).parts), path),
)
DATA = dict(
    kinetics400='Kinetics-400',
    ucf101='UCF101',
    hmdb51='HMDB51',
    diving48='Diving48',
    sthv2='Something-Something V2',
    jester='Jester',
    gym='Gym99',
    demo_out='generated',
    motion='motion benchmark',
    varied='generated, varied',
    real='real clips',
    own='own clips',
)


def name_of(path):
    return path.relative_to(FOLDER).as_posix()


def backbone_of(backbone) -> str:
    if backbone.type == 'S3DG':
        return 'S3D-G'
    if backbone.type != 'VideoResNet':
        return f'`{backbone.type}`'
    kind = 'R(2+1)D' if backbone.get('factorised') else 'R3D'
    kind = 'MC3' if backbone.get('spatial_stages') == (2, 3, 4) else kind
    width = backbone.get('base_channels', 64)
    return f'{kind}-{backbone.depth}' + (f', width {width}' if width != 64 else '')


def clip_of(pipeline, length) -> str:
    """Frames, pixels of what leaves the pipeline, and the step between frames if it is fixed."""
    sizes = [
        step[key] for step in pipeline for key in ('size', 'crop_size', 'scale') if key in step
    ]
    size = max(sizes[-1]) if isinstance(sizes[-1], (tuple, list)) else sizes[-1]
    steps = [step['frame_interval'] for step in pipeline if 'frame_interval' in step]
    return f'{length}×{size}²' + ''.join(f' at {step}×' for step in steps)


def facts_of(path) -> dict:
    """Cells of the row by their columns, as far as the config tells them."""
    cfg = Config.fromfile(path)
    loader = cfg.get('train_dataloader') or cfg.test_dataloader
    data = loader.dataset
    length = (
        data.clip_sampler.clip_len
        if 'clip_sampler' in data
        else next(s[key] for s in data.pipeline for key in ('clip_len', 'max_frames') if key in s)
    )
    split = ''.join(f' split {n}' for n in '123' if f'split_{n}_' in data.ann_file)
    version = ' V1' if '_v1_' in data.ann_file else ''
    trains = 'train_dataloader' in cfg
    return dict(
        backbone=backbone_of(cfg.model.backbone),
        data=next(text for name, text in DATA.items() if name in data.data_root) + split + version,
        clip=clip_of(data.pipeline, length),
        batch=str(cfg.auto_scale_lr.base_batch_size) if trains else '–',
        epochs=str(cfg.train_cfg.max_epochs) if trains else '–',
    )
