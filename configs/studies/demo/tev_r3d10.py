# The demo: a small R3D on the clips of tools/data/make_motion_clips.py. It takes minutes on two
# CPU cores. 8 frames at 32x32, speeds 1, 2 and 4, global batch 48.
_base_ = [
    '../../_base_/models/tev_r3d18.py', '../../_base_/datasets/clip_pairs.py',
    '../../_base_/default_runtime.py'
]
speeds = (1, 2, 4)
model = dict(
    backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)),
    feature_dim=128,
    heads=dict(
        # With weight 1, the instance loss dominates on small data: appearance solves it.
        instance=dict(loss_weight=0.1),
        speed=dict(speeds=speeds)))

train_pipeline = [  # no flip: left and right are classes
    dict(type='ClipRandomResizedCrop', size=32, area_range=(0.7, 1.0)),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map'))
]
train_dataloader = dict(
    batch_size=48,
    num_workers=1,
    dataset=dict(
        data_root='demo_out/videos',
        ann_file='../videos.usable.txt',
        data_prefix=dict(video=''),
        clip_sampler=dict(clip_len=8, speeds=speeds, balance_order=True),
        pipeline=train_pipeline))

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=52)
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=3, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=3, end=52, by_epoch=True,
         convert_to_iter_based=True)
]
default_hooks = dict(checkpoint=dict(interval=2))  # about a minute on two cores
auto_scale_lr = dict(enable=False, base_batch_size=48)
