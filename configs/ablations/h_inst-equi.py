# Table 1 (h): instance and equivariance loss, without the auxiliary losses.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(speed=None, direction=None, order=None))
