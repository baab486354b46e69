# Features of MMAction2's stock recognizer: the globally pooled output of the backbone of
# tev_r3d18.py, for every view of a video; the metrics average them.
_base_ = ['finetune_r3d18.py']
model = dict(cls_head=dict(_delete_=True, type='FeatureHead', average_clips=None))
