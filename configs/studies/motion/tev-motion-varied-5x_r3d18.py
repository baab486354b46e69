# The second half of the training that tev-motion-varied_r3d18.py begins: from its weights, on the
# clips of tev-motion-5x_r3d10.py, each of which has one thing that moves.
# 16 frames at 64x64, global batch 48 = 1 process x 48, 15 epochs of 100 batches.
_base_ = ['tev-motion-varied_r3d18.py']
train_pipeline = [  # no flip, as in the base
    dict(type='ClipRandomResizedCrop', size=64, area_range=(0.5, 1.0)),
    dict(type='ClipMotion', tracks='data/motion_5x/motion_tracks.npz', parts=4),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map', 'motion'))
]
train_dataloader = dict(dataset=dict(data_root='data/motion_5x', pipeline=train_pipeline))
load_from = 'work_dirs/tev-motion-varied_r3d18/epoch_20.pth'
train_cfg = dict(max_epochs=15)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=1500, by_epoch=False)
]
