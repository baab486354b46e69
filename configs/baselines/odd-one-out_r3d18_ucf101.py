# Odd-one-out networks (Fernando et al., CVPR 2017): find the one of six clips of a video whose
# frames are in a wrong order.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        odd=dict(
            type='LabelHead', label='odd', num_classes=6, in_clips=6, fusion='differences')))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='OddOneOutSampler', clip_len=16, num_clips=6, speed=1)))
