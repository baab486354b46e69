# MoCo (He et al., CVPR 2020; Feichtenhofer et al., CVPR 2021, on video): keys come from a momentum
# encoder, and 16384 past keys, less than an epoch's, are further negatives.
# Clips and all else are as in cvrl_r3d18_ucf101.py: global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'cvrl_r3d18_ucf101.py'
model = dict(
    momentum_encoder=dict(type='ExponentialMovingAverage', momentum=0.006),
    heads=dict(
        _delete_=True, instance=dict(type='MoCoHead', queue_size=16384, temperature=0.1)))
