# Table 1 (l), as we interpret it: no speed task, and no speed changes (all clips at 1x).
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(speed=None))
train_dataloader = dict(dataset=dict(clip_sampler=dict(speeds=(1,))))
