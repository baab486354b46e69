# The schedule of adamw_200e.py, twice as long (UCF101 in the paper).
_base_ = ['adamw_200e.py']
train_cfg = dict(max_epochs=400)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=10, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=10, end=400, by_epoch=True,
         convert_to_iter_based=True)
]
