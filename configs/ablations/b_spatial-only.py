# Table 1 (b): equivariance to spatial transformations only. Both clips of a video share one
# temporal draw; crops and flips are shared as in (c).
# Global batch 192 = 8 GPUs x 24.
_base_ = ['c_spatial-temporal.py']
model = dict(heads=dict(speed=None, direction=None, order=None))
train_dataloader = dict(
    dataset=dict(
        clip_sampler=dict(
            _delete_=True,
            type='IndependentClipSampler',
            clip_len=16, speeds=(1, 2, 4, 8), directions=(1, -1), num_draws=1, num_views=2)))
