# Training r3d10-motion on, without labels, on your own clips: motion targets, speeds, directions,
# order and equivariance. The motion tracks are made by `tools/data/motion_tracks.py`. No flip: left
# and right may be classes. 16 frames at 64x64, global batch 16 = 1 process x 16, 40 epochs.
_base_ = ['../studies/real/tev-motion_r3d10.py']
from tev_mmaction import change_steps

train_pipeline = change_steps(
    _base_.train_pipeline, ClipMotion=dict(tracks='data/own/motion_tracks.npz'))
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        data_root='data/own',
        ann_file='train.txt',
        data_prefix=dict(video='videos'),
        pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
default_hooks = dict(checkpoint=dict(interval=10))
load_from = 'tev://r3d10-motion'
custom_hooks = [*_base_.custom_hooks, dict(type='BackboneWeightsHook')]
auto_scale_lr = dict(base_batch_size=16)
