# Tubelet contrast (Thoker et al., ICCV 2023) beside the five tasks of the paper: patches with the
# same motion are pasted into clips of different videos, whose features are contrasted. Videos of a
# group, which share a relative transformation, do not share the motion of patches.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
from tev_mmaction import insert_step

model = dict(heads=dict(tubelets=dict(type='TubeletHead', temperature=0.1)))
train_pipeline = insert_step(
    _base_.train_pipeline,
    dict(type='ClipTubelets', num_patches=2, sizes=(0.14, 0.57), extents=(0.18, 0.8), max_turn=6.0),
    before='ClipColorJitter')
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
