# First stage of CoCLR (Han et al., NeurIPS 2020), RGB stream: InfoNCE with a momentum encoder and a
# queue. The second stage is coclr_r3d18_ucf101.py.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    momentum_encoder=dict(type='ExponentialMovingAverage', momentum=0.001),
    heads=dict(
        _delete_=True, instance=dict(type='MoCoHead', queue_size=2048, temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(2, ),
            directions=(1, ), num_draws=2)))
