# The real clips, Table 1 (a): only the instance loss.
# 8 frames at 48x48, global batch 48 = 1 process x 48, 300 epochs of 2 batches.
_base_ = ['tev_r3d10.py']
model = dict(
    heads=dict(
        equivariance=None, instance=dict(loss_weight=1.0), speed=None, direction=None, order=None))
