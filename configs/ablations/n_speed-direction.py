# Table 1 (n), as we interpret it: no overlap/order task, and no shifts: both clips of a video
# start at the same frame.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(order=None))
train_dataloader = dict(dataset=dict(clip_sampler=dict(shifted=False)))
