# OPN (Lee et al., ICCV 2017): classify the order of four shuffled frames; an order and its reverse
# are one of twelve classes. A frame is a clip that shows it 16 times.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        frame_order=dict(type='ClipOrderHead', num_clips=4, dropout=0.5, reversible=True)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='ShuffledClipSampler', clip_len=16, num_clips=4, interval=7,
            stills=True, reversible=True)))
