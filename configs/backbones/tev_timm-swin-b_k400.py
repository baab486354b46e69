# Swin-B of timm on Kinetics-400: 16 frames at 224x224, one by one, global batch 192 = 8 GPUs x 24.
_base_ = ['../_base_/transformer_k400.py']
model = dict(
    backbone=dict(
        _delete_=True, type='timm.swin_base_patch4_window7_224', feature_shape='NHWC'),
    feature_dim=1024,
    frames_as_batch=True,
    heads=dict(direction=None))  # see ../_base_/frames_k400.py
train_dataloader = dict(dataset=dict(clip_sampler=dict(directions=(1,))))
