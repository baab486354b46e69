# The recipe of tev-motion_r3d10.py for a deeper network and real video: R3D-18 of width 16 on
# clips that are closer to recorded video. Make the clips, which have no classes, with
# `tools/data/make_motion_clips.py data/varied --set varied --size 80`.
# 16 frames at 64x64, global batch 48 = 1 process x 48, 20 epochs of 100 batches.
_base_ = ['tev-motion_r3d10.py']
model = dict(backbone=dict(depth=18))
train_pipeline = [  # no flip, as in the base
    dict(type='ClipRandomResizedCrop', size=64, area_range=(0.5, 1.0)),
    dict(type='ClipMotion', tracks='data/varied/motion_tracks.npz', parts=4),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map', 'motion'))
]
train_dataloader = dict(dataset=dict(data_root='data/varied', pipeline=train_pipeline))
train_cfg = dict(max_epochs=20)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=2000, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=1))
