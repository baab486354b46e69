# Fig. 5: the whole method at its usual number of negatives.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
