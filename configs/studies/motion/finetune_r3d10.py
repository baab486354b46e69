# Fine-tuning r3d10-motion, the network that comes with the package, on a few labels of the motion
# benchmark: `tools/data/few_labels.py data/motion/train.txt --per-class 2 5 20` makes lists of 2,
# 5 or 20 clips per class. The feature is stage 3 with time kept, as in evaluate-motion_r3d10.py.
# The classifier starts from a linear probe. The backbone learns at a tenth of its rate, and its
# norms keep their statistics. These settings were chosen on clips made with another generator
# seed. 16 frames, every fourth, at 48x48, global batch 24 = 1 process x 24, 70 epochs of 3
# batches.
_base_ = ['supervised_r3d10.py']
from tev_mmaction import change_steps

model = dict(
    backbone=dict(summary=((3, 'space'),), norm_eval=True),
    cls_head=dict(in_channels=128, dropout_ratio=0.0))
load_from = 'tev://r3d10-motion'
find_unused_parameters = True  # of stage 4, in several processes
custom_hooks = [dict(type='BackboneWeightsHook'), dict(type='ProbeFirstHook')]
train_pipeline = change_steps(_base_.train_pipeline, Resize=dict(scale=(48, 48)))
test_pipeline = change_steps(
    _base_.test_pipeline,
    SampleFrames=dict(num_clips=4),
    Resize=dict(scale=(-1, 48)),
    CenterCrop=dict(crop_size=48))
train_dataloader = dict(
    batch_size=24,
    drop_last=False,
    dataset=dict(ann_file='train_5_seed0.txt', pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=70, val_interval=70)
optim_wrapper = dict(
    optimizer=dict(lr=1e-3), paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=20, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=70, by_epoch=True,
         convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=24)
