# Fine-tuning r3d10-motion, a network that comes with the package, on 18 actions of JHMDB.
# The classifier sees stages 2 and 3, with time and a grid of 3x3 cells: 2,304 numbers. Flips, as no
# action is the mirror image of another. These settings were chosen on the development split.
# 16 frames spread over the whole video, at 72x72, 3 clips in the test, global batch 16 = 1 process
# x 16, 20 epochs.
_base_ = ['../../own/finetune_r3d10-motion.py']
from tev_mmaction import insert_step

model = dict(
    backbone=dict(summary=((2, '3x3'), (3, '3x3'))),
    cls_head=dict(in_channels=2304, num_classes=18, dropout_ratio=0.5))
find_unused_parameters = True  # of stage 4, in several processes
custom_hooks = [
    dict(type='BackboneWeightsHook'),
    dict(type='ProbeFirstHook', passes=8, decay=0.1)
]
train_pipeline = insert_step(
    _base_.train_pipeline, dict(type='Flip', flip_ratio=0.5), before='FormatShape')
lists = dict(data_root='data/real', class_file='jhmdb_classes.txt', data_prefix=dict(video=''))
train_dataloader = dict(
    dataset=dict(lists, ann_file='jhmdb_train.txt', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(lists, ann_file='jhmdb_test.txt'))
test_dataloader = val_dataloader
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.5)}))
train_cfg = dict(max_epochs=20, val_interval=20)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=2, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=2, end=20, by_epoch=True,
         convert_to_iter_based=True)
]
