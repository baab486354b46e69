# Video Swin-T on Kinetics-400: 16 frames at 224x224, global batch 192 = 8 GPUs x 24.
_base_ = ['../_base_/transformer_k400.py']
model = dict(
    backbone=dict(_delete_=True, type='SwinTransformer3D', arch='tiny', pretrained2d=False),
    feature_dim=768)
