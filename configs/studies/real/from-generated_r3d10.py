# The real clips, all tasks, begun with the weights of motion/tev_r3d10.py (`load_from`):
# the classes of speeds are the same three, of which the steps differ. 200 steps with a lower rate.
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
