# Table 1 (d), (k) and (o): all losses; the whole method.
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
