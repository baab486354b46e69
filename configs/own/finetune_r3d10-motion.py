# Fine-tuning r3d10-motion on the classes of your own clips, by MMAction2's stock recognizer. The
# classifier sees stage 3, with time and a grid of 3x3 cells kept, and stage 4: 1,280 numbers. It
# begins with a linear probe, the backbone learns at a tenth of its rate, and its norms keep their
# statistics. No flip: left and right may be classes. 16 frames spread over the whole video, at
# 72x72, 3 clips in the test. Global batch 16 = 1 process x 16, 40 epochs.
_base_ = ['../_base_/models/finetune_r3d18.py', '../_base_/finetune_runtime.py']
model = dict(
    backbone=dict(
        depth=10,
        base_channels=16,
        stem_kernel=(3, 5, 5),
        norm_eval=True,
        summary=((3, '3x3'), (4, 'space-time'))),
    cls_head=dict(in_channels=1280, num_classes=10, dropout_ratio=0))
train_pipeline = [
    dict(type='VideoInit'),
    dict(type='UniformSample', clip_len=16),
    dict(type='VideoDecode'),
    dict(type='RandomResizedCrop', area_range=(0.5, 1.0)),
    dict(type='Resize', scale=(72, 72), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='UniformSample', clip_len=16, num_clips=3, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 72)),
    dict(type='CenterCrop', crop_size=72),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,  # the last batch of an epoch may be a single clip
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root='data/own',
        ann_file='train.txt',
        class_file='classes.txt',
        data_prefix=dict(video='videos'),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,  # see max_testing_views
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='LabelledVideoDataset',
        data_root='data/own',
        ann_file='test.txt',
        class_file='classes.txt',
        data_prefix=dict(video='videos'),
        pipeline=test_pipeline,
        test_mode=True))
test_dataloader = val_dataloader
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=40, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=2, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=2, end=40, by_epoch=True,
         convert_to_iter_based=True)
]
load_from = 'tev://r3d10-motion'
custom_hooks = [dict(type='BackboneWeightsHook'), dict(type='ProbeFirstHook')]
auto_scale_lr = dict(enable=False, base_batch_size=16)
