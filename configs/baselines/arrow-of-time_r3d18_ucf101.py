# The arrow of time (Wei et al., CVPR 2018): classify clips as played forwards or backwards.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(heads=dict(_delete_=True, direction=dict(type='DirectionHead')))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, -1), num_draws=1)))
