# First stage of CoCLR (Han et al., NeurIPS 2020), flow stream: as coclr-infonce_r3d18_ucf101.py, on
# optical flow, which is computed on the fly. Flow is not jittered.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'coclr-infonce_r3d18_ucf101.py'
from tev_mmaction import change_steps, insert_step

train_pipeline = insert_step(
    change_steps(_base_.train_pipeline, ClipColorJitter=dict(probability=0.0, grayscale=0.0)),
    dict(type='ClipFlow', bound=0.18),
    before='ClipColorJitter')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
