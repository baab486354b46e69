# Table 1 (o): all auxiliary tasks; the whole method, as (d).
# Global batch 192 = 8 GPUs x 24.
_base_ = ['../tev_r3d18_ucf101.py']
