# RSPNet (Chen et al., AAAI 2021): clips at equal speeds are more similar than clips at different
# speeds (relative speed), and clips of a video are instances (appearance).
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        relative_speed=dict(type='RelativeSpeedHead', margin=0.15),
        instance=dict(type='InstanceHead', temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, 2),
            directions=(1, ), num_draws=4, draws_per_speed=2, distinct_speeds=True)))
