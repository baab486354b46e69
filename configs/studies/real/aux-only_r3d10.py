# The real clips, Table 1 (g): only the auxiliary losses.
# 8 frames at 48x48, global batch 48 = 1 process x 48, 300 epochs of 2 batches.
_base_ = ['tev_r3d10.py']
model = dict(heads=dict(equivariance=None, instance=None))
