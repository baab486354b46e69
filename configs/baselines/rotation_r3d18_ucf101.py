# 3D RotNet (Jing et al., 2018): classify by how many quarter turns a clip is rotated. Each video
# appears in all four rotations.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import insert_step

model = dict(
    heads=dict(
        _delete_=True, rotation=dict(type='LabelHead', label='rotations', num_classes=4)))
train_pipeline = insert_step(
    _base_.train_pipeline, dict(type='ClipRotation'), before='ClipColorJitter')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, ), num_draws=1, num_views=4)))
