# BYOL (Grill et al., NeurIPS 2020; Feichtenhofer et al., CVPR 2021, on video): predict the
# momentum encoder's projection of the video's other clip.
# Clips and all else are as in cvrl_r3d18_ucf101.py: global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'cvrl_r3d18_ucf101.py'
model = dict(
    momentum_encoder=dict(type='ExponentialMovingAverage', momentum=0.004),
    heads=dict(_delete_=True, prediction=dict(type='BYOLHead')))
