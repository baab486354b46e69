# The overlap/order task of Jenni & Jin (ICCV 2021, Sec. 3.2) alone: one clip is before the other,
# after it, or overlaps it, at any two speeds and directions.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(heads=dict(_delete_=True, order=dict(type='OrderHead')))
train_dataloader = dict(dataset=dict(group_size=1))
