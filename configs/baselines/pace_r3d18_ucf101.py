# Pace prediction (Wang et al., ECCV 2020) with its contrast of the same context: classify the pace
# of a clip (four classes), and match the clips of a video, with weight 0.1.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        speed=dict(type='SpeedHead', speeds=(1, 2, 3, 4)),
        instance=dict(type='InstanceHead', temperature=0.1, loss_weight=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, 2, 3, 4),
            directions=(1, ), num_draws=2)))
