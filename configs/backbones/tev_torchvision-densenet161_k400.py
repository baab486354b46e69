# DenseNet-161 of torchvision on Kinetics-400: 16 frames at 112x112, one by one, global batch
# 192 = 8 GPUs x 24.
_base_ = ['../_base_/frames_k400.py']
model = dict(
    backbone=dict(_delete_=True, type='torchvision.densenet161'),
    feature_dim=2208,
    chunk_size=12)
