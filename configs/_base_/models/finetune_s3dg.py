# finetune_r3d18.py with the backbone of tev_s3dg.py.
_base_ = ['finetune_r3d18.py']
model = dict(backbone=dict(_delete_=True, type='S3DG'), cls_head=dict(in_channels=1024))
