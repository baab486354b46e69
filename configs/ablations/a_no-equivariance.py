# Table 1 (a): no equivariance, invariance to all transformations; the same as (e).
# Global batch 192 = 8 GPUs x 24.
_base_ = ['e_inst.py']
