# TSN with RGB frames (Wang et al., ECCV 2016) on Diving48 V1, with MMAction2's recognizer and
# ResNet-50, pre-trained on ImageNet: one frame of each of 3 segments at 224x224, in tests of 25.
# Global batch 32 = 1 GPU x 32, 100 epochs.
_base_ = [
    'mmaction::_base_/models/tsn_r50.py', '../_base_/datasets/labelled_diving48-v1.py',
    '../_base_/schedules/sgd_100e.py', '../_base_/finetune_runtime.py'
]
from tev_mmaction import change_steps

model = dict(cls_head=dict(num_classes=48))
train_pipeline = change_steps(
    _base_.train_pipeline,
    SampleFrames=dict(clip_len=1, num_clips=3),
    Resize=dict(scale=(224, 224)),
    FormatShape=dict(input_format='NCHW'))
val_pipeline, test_pipeline = (
    change_steps(
        pipeline,
        SampleFrames=dict(clip_len=1, num_clips=frames),
        Resize=dict(scale=(-1, 256)),
        FormatShape=dict(input_format='NCHW'),
        **{crop: dict(crop_size=224)})
    for pipeline, frames, crop in (
        (_base_.val_pipeline, 3, 'CenterCrop'), (_base_.test_pipeline, 25, 'ThreeCrop')))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
