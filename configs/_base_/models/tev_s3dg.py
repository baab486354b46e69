# S3D-G of Xie et al.: separable Inception blocks with self-gating.
_base_ = ['tev_r3d18.py']
model = dict(backbone=dict(_delete_=True, type='S3DG'), feature_dim=1024)
