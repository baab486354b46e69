# features_r3d18.py with the backbone of tev_s3dg.py.
_base_ = ['finetune_s3dg.py']
model = dict(cls_head=dict(_delete_=True, type='FeatureHead', average_clips=None))
