# The motion benchmark with changes that are not in the paper (docs/tev-motion.md): statistics of
# the motion in each clip as a target, and features of several stages that keep time. No instance
# loss.
# 16 frames at 48x48, global batch 48 = 1 process x 48, 60 epochs of 20 batches.
_base_ = ['tev_r3d10.py']
model = dict(
    backbone=dict(summary=((2, 'space'), (3, 'space'), (4, 'space-time'))),
    feature_dim=384,  # 32 channels x 4 times, 64 x 2, 128
    heads=dict(instance=None, motion=dict(type='MotionHead', parts=4, loss_weight=10.0)))
train_pipeline = [  # no flip: left and right are classes
    dict(type='ClipRandomResizedCrop', size=48, area_range=(0.7, 1.0)),
    dict(type='ClipMotion', tracks='data/motion/motion_tracks.npz', parts=4),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map', 'motion'))
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=2e-3))
