# labelled_16x4x112.py at 128x128.
_base_ = ['labelled_16x4x112.py']
from tev_mmaction import change_steps

train_pipeline = change_steps(_base_.train_pipeline, Resize=dict(scale=(128, 128)))
val_pipeline = change_steps(
    _base_.val_pipeline, Resize=dict(scale=(-1, 128)), CenterCrop=dict(crop_size=128))
test_pipeline = change_steps(
    _base_.test_pipeline, Resize=dict(scale=(-1, 128)), ThreeCrop=dict(crop_size=128))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
