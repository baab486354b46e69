# The real clips, the rival of Figure 5: distinctive, but not equivariant. A video has two temporal
# draws with two clips each; other draws of the same video are negatives. Steps and clips per step
# are those of tev_r3d10.py, with half as many videos per step.
# 8 frames at 48x48, global batch 24 = 1 process x 24, 150 epochs of 4 batches.
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
            clip_len=8, speeds=(2, 4, 8), directions=(1, -1), num_draws=2, num_views=2)))
train_cfg = dict(max_epochs=150)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=60, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=60, end=600, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=20))
auto_scale_lr = dict(base_batch_size=24)
