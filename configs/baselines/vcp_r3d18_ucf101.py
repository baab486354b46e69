# VCP (Luo et al., AAAI 2020): classify which of five operations the middle one of three consecutive
# clips has undergone.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import insert_step

model = dict(
    heads=dict(
        _delete_=True,
        operation=dict(type='LabelHead', label='operation', num_classes=5, in_clips=3)))
train_pipeline = _base_.train_pipeline
for operation in ('ClipRotation', 'ClipTiles'):
    train_pipeline = insert_step(train_pipeline, dict(type=operation), before='ClipColorJitter')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(_delete_=True, type='ClozeSampler', clip_len=16, interval=8, speed=1)))
