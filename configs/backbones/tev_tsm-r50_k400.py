# TSM-R50 on Kinetics-400: channels shift between the 16 frames of a clip, at 112x112, global batch
# 192 = 8 GPUs x 24. num_segments must equal the clip length.
_base_ = ['../tev_r2plus1d_k400.py']
model = dict(
    backbone=dict(
        _delete_=True, type='ResNetTSM', depth=50, num_segments=16, pretrained2d=False),
    feature_dim=2048,
    frames_as_batch=True,
    channels_last=False)  # the shift makes views of contiguous maps
