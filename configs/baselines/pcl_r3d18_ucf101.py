# PCL (Tao et al., 2020): a pretext task, here VCOP's, together with the contrast of instances, on
# residual frames, the differences of neighbours: of 17 frames, 16.
# R3D-18 on UCF101 split 1 at 17x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'vcop_r3d18_ucf101.py'
model = dict(
    heads=dict(instance=dict(type='InstanceHead', temperature=0.1)),
    data_preprocessor=dict(residual=True))
train_dataloader = dict(dataset=dict(clip_sampler=dict(clip_len=17)))
