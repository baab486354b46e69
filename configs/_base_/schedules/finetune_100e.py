# Fine-tuning: AdamW with default betas, linear warm-up, then cosine (Sec. 3.4), 100 epochs. The
# paper's text does not state the learning rate 1e-4, the weight decay and the five epochs of
# warm-up.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-4, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=5, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=5, end=100, by_epoch=True,
         convert_to_iter_based=True)
]
