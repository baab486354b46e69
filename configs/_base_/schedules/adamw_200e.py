# AdamW with default betas, linear warm-up, then cosine (Sec. 3.4). The paper's text does not state
# the learning rate 3e-4, the weight decay and the ten epochs of warm-up.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=200)
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=3e-4, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=10, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=10, end=200, by_epoch=True,
         convert_to_iter_based=True)
]
