# tev-motion_r3d10.py on five times as many clips, with 2.5 times as many steps. The clips have
# other subjects than the benchmark: `tools/data/make_motion_clips.py data/motion_5x --set
# benchmark --seed 2 --train-subjects 400`.
# 16 frames at 48x48, global batch 48 = 1 process x 48, 30 epochs of 100 batches.
_base_ = ['tev-motion_r3d10.py']
from tev_mmaction import change_steps

train_pipeline = change_steps(
    _base_.train_pipeline, ClipMotion=dict(tracks='data/motion_5x/motion_tracks.npz'))
train_dataloader = dict(dataset=dict(data_root='data/motion_5x', pipeline=train_pipeline))
train_cfg = dict(max_epochs=30)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=3000, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=3))
