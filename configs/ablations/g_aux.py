# Table 1 (g): only the auxiliary losses.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(equivariance=None, instance=None))
