# C3D on Kinetics-400: 16 frames at 112x112, which its fully connected layers require; global batch
# 192 = 8 GPUs x 24. Dropout would add noise to every pair, so only fine-tuning uses it.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(backbone=dict(_delete_=True, type='C3D', dropout_ratio=0), feature_dim=4096)
