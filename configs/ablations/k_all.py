# Table 1 (k): all losses; the whole method, as (d).
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
