# The motion benchmark, the rival of Figure 5: distinctive, but not equivariant. A video has two
# temporal draws with two clips each; other draws of the same video are negatives. Steps and clips
# per step are those of tev_r3d10.py, with half as many videos per step.
# 16 frames at 32x32, global batch 24 = 1 process x 24, 30 epochs of 40 batches.
_base_ = ['tev_r3d10.py']
model = dict(
    heads=dict(
        equivariance=None, instance=None, speed=None, direction=None, order=None,
        distinctiveness=dict(type='DistinctivenessHead', temperature=0.1, loss_weight=1.0)))
train_dataloader = dict(
    batch_size=24,
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True,
            type='IndependentClipSampler',
            clip_len=16, speeds=(1, 2, 4), directions=(1, -1), num_draws=2, num_views=2)))
train_cfg = dict(max_epochs=30)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=1200, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=5))
auto_scale_lr = dict(base_batch_size=24)
