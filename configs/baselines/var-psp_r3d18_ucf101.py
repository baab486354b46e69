# Var. PSP (Cho et al., IEEE Access 2021): classify the order of four shuffled clips by their speed,
# which is negative for clips that are played backwards.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(_delete_=True, speed_order=dict(type='ClipOrderHead', num_clips=4, dropout=0.5)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='ShuffledSpeedsSampler', clip_len=16, velocities=(-2, -1, 1, 2))))
