# The motion benchmark, Table 1 (b): equivariance to spatial transformations only. Both clips of a
# video share one temporal draw; the videos of a group share the crops of clip p and of clip q.
# 16 frames at 32x32, global batch 48 = 1 process x 48, 60 epochs of 20 batches.
_base_ = ['tev_r3d10.py']
from tev_mmaction import change_steps

model = dict(heads=dict(speed=None, direction=None, order=None))
train_pipeline = change_steps(
    _base_.train_pipeline, ClipRandomResizedCrop=dict(share_in_group=True))
train_dataloader = dict(
    dataset=dict(
        clip_sampler=dict(
            _delete_=True,
            type='IndependentClipSampler',
            clip_len=16, speeds=(1, 2, 4), directions=(1, -1), num_draws=1, num_views=2),
        pipeline=train_pipeline))
