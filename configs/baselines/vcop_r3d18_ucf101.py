# VCOP (Xu et al., CVPR 2019): classify the order of three shuffled consecutive clips (six
# classes). Videos below 64 frames are too short; make an index first with
# tools/data/index_videos.py.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(_delete_=True, clip_order=dict(type='ClipOrderHead', num_clips=3, dropout=0.5)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='ShuffledClipSampler', clip_len=16, num_clips=3, interval=8,
            speed=1)))
