# Training with labels on the motion benchmark of tools/data/make_motion_clips.py: the backbone of
# tev_r3d10.py with a linear classifier, from scratch. 16 frames, every fourth of the video, at
# 32x32, global batch 48 = 1 process x 48, 50 epochs of 20 batches.
_base_ = ['../../_base_/models/finetune_r3d18.py', '../../_base_/finetune_runtime.py']
model = dict(
    backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)),
    cls_head=dict(in_channels=128, num_classes=12, dropout_ratio=0.2))

train_pipeline = [  # no flip: left and right are classes
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1),
    dict(type='VideoDecode'),
    dict(type='RandomResizedCrop', area_range=(0.7, 1.0)),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_pipeline = [  # one clip, from the middle
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
train_dataloader = dict(
    batch_size=48,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root='data/motion',
        ann_file='train.txt',
        data_prefix=dict(video=''),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,  # see max_testing_views
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root='data/motion',
        ann_file='test.txt',
        data_prefix=dict(video=''),
        pipeline=test_pipeline,
        test_mode=True))
test_dataloader = val_dataloader
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=50, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=2e-3, weight_decay=1e-2))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=3, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=3, end=50, by_epoch=True,
         convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=48)
