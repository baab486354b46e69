# The real clips, Table 1 (j): equivariance and auxiliary losses, no instance loss.
# 8 frames at 48x48, global batch 48 = 1 process x 48, 300 epochs of 2 batches.
_base_ = ['tev_r3d10.py']
model = dict(heads=dict(instance=None))
