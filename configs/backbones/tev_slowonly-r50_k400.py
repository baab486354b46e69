# SlowOnly-R50 on Kinetics-400: 16 frames at 112x112, global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(
    backbone=dict(_delete_=True, type='ResNet3dSlowOnly', depth=50, pretrained=None),
    feature_dim=2048)
