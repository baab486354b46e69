# Büchler et al. (ECCV 2018): classify the order of shuffled frames and of shuffled tiles; a policy
# chooses the orders by what they have taught. A frame is a clip that shows it 16 times.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import change_steps

model = dict(
    heads=dict(
        _delete_=True,
        frames=dict(type='PolicyOrderHead', num_clips=4, clips=(0, 1, 2, 3)),
        tiles=dict(type='PolicyOrderHead', num_clips=4, clips=(4, 5, 6, 7))))
train_pipeline = change_steps(
    _base_.train_pipeline, ClipFlip=dict(flip_ratio=0.0),
    ClipRandomResizedCrop=dict(type='ClipGridCrop', jitter=0.2))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        pipeline=train_pipeline,
        clip_sampler=dict(_delete_=True, type='FramesAndTilesSampler', clip_len=16, step=8)))
