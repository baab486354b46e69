# finetune_r3d18.py with the backbone of tev_r2plus1d18.py.
_base_ = ['finetune_r3d18.py']
model = dict(backbone=dict(factorised=True, stem_pool=False, shortcut='B'))
