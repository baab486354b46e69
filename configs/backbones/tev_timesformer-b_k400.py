# TimeSformer-B/16, divided space-time attention, on Kinetics-400: 8 frames at 224x224, global batch
# 192 = 8 GPUs x 24.
_base_ = ['../_base_/transformer_k400.py']
model = dict(
    backbone=dict(
        _delete_=True, type='TimeSformer', num_frames=8, img_size=224, patch_size=16),
    feature_dim=768)
train_dataloader = dict(dataset=dict(clip_sampler=dict(clip_len=8)))
