# The motion benchmark, beyond the paper: pairs in two views, distinctiveness instead of the instance
# loss, and the statistics of each clip's own motion as a target (docs/tev-motion.md).
# 16 frames at 48x48, global batch 24 = 1 process x 24, 30 epochs of 40 batches.
_base_ = ['tev_r3d10.py']
model = dict(
    heads=dict(
        instance=None,
        equivariance=dict(clips=(0, 1)),
        order=dict(clips=(0, 1)),
        distinctiveness=dict(type='DistinctivenessHead', temperature=0.1, loss_weight=1.0),
        motion=dict(type='MotionHead', parts=4, loss_weight=1.0)))
train_pipeline = [
    dict(type='ClipRandomResizedCrop', size=48, area_range=(0.7, 1.0)),
    dict(type='ClipMotion', tracks='data/motion/motion_train.npz', parts=4),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map', 'motion'))
]
train_dataloader = dict(
    batch_size=24,
    dataset=dict(clip_sampler=dict(num_views=2), pipeline=train_pipeline))
train_cfg = dict(max_epochs=30)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=1200, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=10))
auto_scale_lr = dict(base_batch_size=24)
