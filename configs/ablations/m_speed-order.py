# Table 1 (m), as we interpret it: no direction task, and no reversed clips.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(direction=None))
train_dataloader = dict(dataset=dict(clip_sampler=dict(directions=(1,))))
