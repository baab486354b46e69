# Table 1 (j): equivariance and auxiliary losses, without the instance loss.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
model = dict(heads=dict(instance=None))
