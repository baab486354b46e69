# Second stage of CoCLR (Han et al., NeurIPS 2020): the RGB network of the first stage, with further
# positives, which the flow network of the first stage finds in a queue. Train
# coclr-infonce_r3d18_ucf101.py and coclr-infonce-flow_r3d18_ucf101.py before; the checkpoints are
# load_from and model.heads.instance.other.checkpoint.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'coclr-infonce_r3d18_ucf101.py'
from tev_mmaction import insert_step

load_from = 'work_dirs/coclr-infonce_r3d18_ucf101/epoch_400.pth'
model = dict(
    heads=dict(
        instance=dict(
            type='CoCLRHead', topk=5,
            other=dict(
                backbone=dict(type='VideoResNet', depth=18),
                feature_dim=512,
                checkpoint='work_dirs/coclr-infonce-flow_r3d18_ucf101/epoch_400.pth',
                mean=_base_.model.data_preprocessor.mean,
                std=_base_.model.data_preprocessor.std))))
train_pipeline = insert_step(
    _base_.train_pipeline, dict(type='ClipFlow', bound=0.18, other='flow'),
    before='ClipColorJitter')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
