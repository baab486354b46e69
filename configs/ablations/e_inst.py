# Table 1 (a) and (e): only the instance loss, invariance to all transformations.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(equivariance=None, speed=None, direction=None, order=None))
