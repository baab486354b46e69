# Temporal transformations (Jenni, Meishvili & Favaro, ECCV 2020): classify clips as uniform,
# random, periodic or warped, and their speed (four classes). Four clips per video.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        playback=dict(type='PlaybackHead'),
        speed=dict(type='PlaybackSpeedHead', speeds=(1, 2, 4, 8))))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='PlaybackSampler', clip_len=16, speeds=(1, 2, 4, 8))))
