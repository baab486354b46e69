# The schedule of finetune_100e.py, half as long, for data sets of many short videos (ours).
_base_ = ['finetune_100e.py']
train_cfg = dict(max_epochs=50)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=5, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=5, end=50, by_epoch=True,
         convert_to_iter_based=True)
]
