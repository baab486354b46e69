# Table 1 (c): equivariance to spatial and temporal transformations. The videos of a group share
# the crop and flip of clip p, and the crop and flip of clip q.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
from tev_mmaction import change_steps

train_pipeline = change_steps(
    _base_.train_pipeline,
    ClipRandomResizedCrop=dict(share_in_group=True),
    ClipFlip=dict(share_in_group=True))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
