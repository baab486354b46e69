# CBT (Sun et al., 2019), its visual half: a small transformer predicts the feature of a masked clip
# from the other three of four consecutive clips. Videos below 124 frames are too short; make an
# index first with tools/data/index_videos.py.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        masked=dict(type='MaskedClipHead', num_clips=4, num_layers=2, num_heads=4)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='ConsecutiveClipSampler', clip_len=16, num_clips=4, interval=0,
            speed=2)))
