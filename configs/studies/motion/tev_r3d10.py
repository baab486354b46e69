# Pre-training on the motion benchmark of tools/data/make_motion_clips.py with all tasks: the
# demo's network, loss weights and augmentation on longer clips. 16 frames at 32x32, speeds 1, 2
# and 4, global batch 48 = 1 process x 48, 60 epochs of 20 batches.
_base_ = ['../demo/tev_r3d10.py']
train_dataloader = dict(
    persistent_workers=True,
    dataset=dict(
        data_root='data/motion', ann_file='train.txt', clip_sampler=dict(clip_len=16)))
train_cfg = dict(max_epochs=60)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=3, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=3, end=60, by_epoch=True,
         convert_to_iter_based=True)
]
default_hooks = dict(checkpoint=dict(interval=5))
