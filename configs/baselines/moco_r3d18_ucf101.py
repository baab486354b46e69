# MoCo's queue (He et al., CVPR 2020; Feichtenhofer et al., CVPR 2021, on video), without its
# momentum encoder: the keys of the last ten batches, 10 x 192 x 2, are further negatives.
# Everything else is as in cvrl_r3d18_ucf101.py: global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'cvrl_r3d18_ucf101.py'
model = dict(heads=dict(instance=dict(queue_size=3840)))
