# The real clips with all tasks, starting from the weights of motion/tev_r3d10.py (`load_from`).
# There are three speed classes as well, but with other speeds. 200 steps with a lower learning
# rate.
# 8 frames at 48x48, global batch 48 = 1 process x 48, 100 epochs of 2 batches.
_base_ = ['tev_r3d10.py']
train_cfg = dict(max_epochs=100)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=10, by_epoch=True,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0, begin=10, end=100, by_epoch=True,
         convert_to_iter_based=True)
]
