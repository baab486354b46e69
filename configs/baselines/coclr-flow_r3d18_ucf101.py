# Second stage of CoCLR (Han et al., NeurIPS 2020) for the flow stream: as coclr_r3d18_ucf101.py,
# with the streams exchanged. The RGB network is that of coclr_r3d18_ucf101.py.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'coclr_r3d18_ucf101.py'
from tev_mmaction import change_steps

load_from = 'work_dirs/coclr-infonce-flow_r3d18_ucf101/epoch_400.pth'
model = dict(
    heads=dict(
        instance=dict(other=dict(checkpoint='work_dirs/coclr_r3d18_ucf101/epoch_400.pth'))))
train_pipeline = change_steps(
    _base_.train_pipeline, ClipFlow=dict(other='rgb'),
    ClipColorJitter=dict(probability=0.0, grayscale=0.0))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
