# Frame-level tasks (Dave et al., AAAI 2024): which frames of a clip are out of place, and by how
# many source frames it proceeds at each frame. Every frame is shifted by itself.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import insert_step

model = dict(
    heads=dict(
        _delete_=True,
        out_of_place=dict(
            type='FrameLabelHead', label='out_of_place', num_classes=2, frames_per_step=16,
            clips=(0, )),
        skips=dict(
            type='FrameLabelHead', label='skips', num_classes=3, frames_per_step=16, clips=(1, ))))
train_pipeline = insert_step(
    _base_.train_pipeline, dict(type='ClipFrameShift', share=0.1), before='ClipColorJitter')
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(
            _delete_=True, type='FrameTasksSampler', clip_len=16, num_moved=4, speeds=(1, 2, 4),
            num_pieces=4)))
