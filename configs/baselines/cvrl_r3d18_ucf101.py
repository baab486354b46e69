# CVRL (Qian et al., CVPR 2021): only the instance task, on two clips that are seldom far apart.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(_delete_=True, instance=dict(type='InstanceHead', temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(_delete_=True, type='NearbyClipSampler', clip_len=16, speed=2)))
