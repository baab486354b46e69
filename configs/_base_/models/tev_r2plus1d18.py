# R(2+1)D-18 of Tran et al.: factorised convolutions, no max-pool after the stem.
_base_ = ['tev_r3d18.py']
model = dict(backbone=dict(factorised=True, stem_pool=False, shortcut='B'))
