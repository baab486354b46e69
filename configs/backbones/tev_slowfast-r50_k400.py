# SlowFast-R50 8x8 on Kinetics-400: 16 frames at 112x112 for the fast pathway, every fourth of them
# for the slow pathway, global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r2plus1d_k400.py']
_pathway = dict(type='resnet3d', depth=50, pretrained=None, conv1_stride_t=1, pool1_stride_t=1)
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet3dSlowFast',
        resample_rate=4,
        speed_ratio=4,
        slow_pathway=dict(
            _pathway, lateral=True, conv1_kernel=(1, 7, 7), inflate=(0, 0, 1, 1), fusion_kernel=7),
        fast_pathway=dict(_pathway, lateral=False, conv1_kernel=(5, 7, 7), base_channels=8)),
    feature_dim=2048 + 256)
