# Table 1 (f): only the equivariance loss.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(instance=None, speed=None, direction=None, order=None))
