# labelled_16x4x112.py at 128x128.
_base_ = ['labelled_16x4x112.py']
train_pipeline, val_pipeline, test_pipeline = (
    _base_.train_pipeline, _base_.val_pipeline, _base_.test_pipeline)
train_pipeline[4].update(scale=(128, 128))
val_pipeline[3].update(scale=(-1, 128))
val_pipeline[4].update(crop_size=128)
test_pipeline[3].update(scale=(-1, 128))
test_pipeline[4].update(crop_size=128)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
