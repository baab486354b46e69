# Pre-training on the real clips of README.md with all tasks, with the network and the loss weights
# of the motion benchmark. 8 frames at 48x48, speeds 2, 4 and 8 at 25 to 30 frames per second:
# clips of 16 frames would cover most of these short videos and leave little room for shifts.
# Global batch 48 = 1 process x 48, 300 epochs of 2 batches.
_base_ = ['../motion/tev_r3d10.py']
from tev_mmaction import change_steps

speeds = (2, 4, 8)
model = dict(heads=dict(speed=dict(speeds=speeds)))
train_pipeline = change_steps(_base_.train_pipeline, ClipRandomResizedCrop=dict(size=48))
train_dataloader = dict(
    dataset=dict(
        data_root='data/real',
        clip_sampler=dict(clip_len=8, speeds=speeds),
        pipeline=train_pipeline))
train_cfg = dict(max_epochs=300)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=30, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=30, end=300, by_epoch=True,
         convert_to_iter_based=True)
]
default_hooks = dict(checkpoint=dict(interval=20))
