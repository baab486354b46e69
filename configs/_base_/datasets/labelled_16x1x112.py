# labelled_16x4x112.py with 16 consecutive frames (1x in the paper's text on Diving48). Training
# flips clips as well: the class of a dive consists of take-off, somersaults, twists and position.
# Take-offs are named relative to the board, and the side of a twist is not part of the class.
_base_ = ['labelled_16x4x112.py']
from tev_mmaction import change_steps

train_pipeline, val_pipeline, test_pipeline = (
    change_steps(pipeline, SampleFrames=dict(frame_interval=1))
    for pipeline in (_base_.train_pipeline, _base_.val_pipeline, _base_.test_pipeline))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
