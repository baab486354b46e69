# MViTv2-S on Kinetics-400: 16 frames at 224x224, global batch 192 = 8 GPUs x 24.
_base_ = ['../_base_/transformer_k400.py']
model = dict(
    backbone=dict(_delete_=True, type='MViT', arch='small', drop_path_rate=0.2), feature_dim=768)
