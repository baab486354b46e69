# Predictive equivariance, after seq-JEPA (Ghaemi et al., 2025), beside the five tasks of the paper:
# predict the averaged feature of clip q from that of clip p and their relative transformation.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    momentum_encoder=dict(type='ExponentialMovingAverage', momentum=0.004),
    heads=dict(prediction=dict(type='RelativePredictionHead', shift_scale=32.0)))
