# features_r3d18.py with the backbone of tev_r2plus1d18.py.
_base_ = ['finetune_r2plus1d18.py']
model = dict(cls_head=dict(_delete_=True, type='FeatureHead', average_clips=None))
