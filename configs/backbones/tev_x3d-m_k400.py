# X3D-M on Kinetics-400: 16 frames at 112x112, global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(
    backbone=dict(_delete_=True, type='X3D', gamma_w=1, gamma_b=2.25, gamma_d=2.2),
    feature_dim=432)
