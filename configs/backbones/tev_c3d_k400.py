# C3D on Kinetics-400: 16 frames at 112x112, which its fully connected layers ask for; global batch
# 192 = 8 GPUs x 24. Its dropout, which would be noise on every pair, is left to fine-tuning.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(backbone=dict(_delete_=True, type='C3D', dropout_ratio=0), feature_dim=4096)
