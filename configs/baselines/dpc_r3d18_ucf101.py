# DPC (Han et al., ICCVW 2019): predict the feature maps of the last three of eight consecutive
# clips of five frames. Videos below 118 frames are too short; make an index first with
# tools/data/index_videos.py.
# R3D-18 on UCF101 split 1 at 5x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        prediction=dict(type='DensePredictionHead', num_clips=8, num_predicted=3)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='ConsecutiveClipSampler', clip_len=5, num_clips=8, interval=2,
            speed=3)))
