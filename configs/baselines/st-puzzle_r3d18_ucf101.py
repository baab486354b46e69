# Space-time cubic puzzles (Kim et al., AAAI 2019): classify the order of four pieces of a video,
# which are neighbours in space or in time.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import change_steps

model = dict(
    heads=dict(
        _delete_=True,
        puzzle=dict(type='LabelHead', label='permutation', num_classes=24, in_clips=4)))
train_pipeline = change_steps(
    _base_.train_pipeline, ClipFlip=dict(flip_ratio=0.0),
    ClipRandomResizedCrop=dict(type='ClipGridCrop', jitter=0.2))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='CubicPuzzleSampler', clip_len=16, interval=0, speed=1)))
