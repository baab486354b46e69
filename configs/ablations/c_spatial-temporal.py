# Table 1 (c): equivariance to spatial and temporal transformations. The videos of a group share
# the crop and flip of clip p, and the crop and flip of clip q.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
train_pipeline = _base_.train_pipeline
train_pipeline[0].update(share_in_group=True)
train_pipeline[1].update(share_in_group=True)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
