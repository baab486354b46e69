# PRP (Yao et al., CVPR 2020): reconstruct a clip in slow motion, and classify its playback rate
# (four classes), with weight 0.1. A clip of 32 frames is the target, and the network sees every
# second one of them.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    frame_step=2,
    heads=dict(
        _delete_=True,
        reconstruction=dict(type='ReconstructionHead'),
        speed=dict(type='SpeedHead', speeds=(1, 2, 4, 8), loss_weight=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='SlowMotionSampler', clip_len=32, speeds=(1, 2, 4, 8))))
