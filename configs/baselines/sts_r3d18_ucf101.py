# STS (Wang et al., CVPR 2019): regress where a clip moves most and which way, and where its colours
# change most and least and what they are. Optical flow is computed on the fly. Colours are not
# jittered, because they are targets.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import change_steps, insert_step

model = dict(
    heads=dict(
        _delete_=True,
        statistics=dict(type='StatisticsHead', motion_weight=1.0, appearance_weight=0.1)))
train_pipeline = insert_step(
    change_steps(_base_.train_pipeline, ClipColorJitter=dict(probability=0.0, grayscale=0.0)),
    dict(type='ClipStatistics'),
    before='ClipColorJitter')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, ), num_draws=1)))
