# The recipe of motion/tev-motion_r3d10.py on the 540 real clips of train_all.txt. It starts from
# the weights of that recipe on generated clips (`load_from`). Make the motion tracks with
# `tools/data/motion_tracks.py data/real/train_all.txt data/real/motion_tracks.npz`.
# 16 frames at 64x64, global batch 48 = 1 process x 48, 40 epochs of 11 batches.
_base_ = ['../motion/tev-motion_r3d10.py']
from tev_mmaction import change_steps

train_pipeline = change_steps(
    _base_.train_pipeline,
    ClipRandomResizedCrop=dict(size=64, area_range=(0.5, 1.0)),
    ClipMotion=dict(tracks='data/real/motion_tracks.npz'))
train_dataloader = dict(
    dataset=dict(data_root='data/real', ann_file='train_all.txt', pipeline=train_pipeline))
train_cfg = dict(max_epochs=40)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=2, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=2, end=40, by_epoch=True,
         convert_to_iter_based=True)
]
