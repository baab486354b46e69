# The motion benchmark, Table 1 (a): only the instance loss.
# 16 frames at 32x32, global batch 48 = 1 process x 48, 60 epochs of 20 batches.
_base_ = ['tev_r3d10.py']
model = dict(
    heads=dict(
        equivariance=None, instance=dict(loss_weight=1.0), speed=None, direction=None, order=None))
