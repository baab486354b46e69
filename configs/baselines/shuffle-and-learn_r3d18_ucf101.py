# Shuffle & Learn (Misra et al., ECCV 2016): classify three frames of a video as in order or not.
# A frame is a clip that shows it 16 times.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        in_order=dict(type='LabelHead', label='in_order', num_classes=2, in_clips=3)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='OrderVerificationSampler', clip_len=16, max_span=60, min_gap=15,
            share=0.25)))
