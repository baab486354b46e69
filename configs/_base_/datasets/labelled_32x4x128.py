# labelled_16x4x128.py with 32 frames.
_base_ = ['labelled_16x4x128.py']
from tev_mmaction import change_steps

train_pipeline, val_pipeline, test_pipeline = (
    change_steps(pipeline, SampleFrames=dict(clip_len=32))
    for pipeline in (_base_.train_pipeline, _base_.val_pipeline, _base_.test_pipeline))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
