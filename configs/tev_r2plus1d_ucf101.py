# R(2+1)D-18 on UCF101 split 1, as in the paper's retrieval table. Everything except the backbone
# is as in tev_r3d18_ucf101.py: 16 frames at 112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = ['tev_r3d18_ucf101.py']
model = dict(backbone=dict(factorised=True, stem_pool=False, shortcut='B'))
