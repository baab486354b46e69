# The arrow of time (Wei et al., CVPR 2018) from differences of frames, in place of the optical flow
# of the original: of 17 frames, 16. A still background cannot tell the direction.
# R3D-18 on UCF101 split 1 at 17x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'arrow-of-time_r3d18_ucf101.py'
model = dict(data_preprocessor=dict(residual=True))
train_dataloader = dict(dataset=dict(clip_sampler=dict(clip_len=17)))
