# tev_r2plus1d_k400.py with the changes of docs/tev-motion.md, which are not in the paper:
# R(2+1)D-18 on Kinetics-400, 16 frames at 112x112, with motion targets and features of several
# stages. Make the tracks with tools/data/motion_tracks.py. Global batch 192 = 8 GPUs x 24.
_base_ = ['tev_r2plus1d_k400.py']
model = dict(
    backbone=dict(summary=((2, 'space'), (3, 'space'), (4, 'space-time'))),
    feature_dim=2560,  # 128 channels x 8 times, 256 x 4, 512
    heads=dict(instance=None, motion=dict(type='MotionHead', parts=4, loss_weight=10.0)))
train_pipeline = [
    dict(type='ClipRandomResizedCrop', size=112, area_range=(0.3, 1.0)),
    dict(type='ClipFlip', flip_ratio=0.5),
    dict(type='ClipMotion', tracks='data/kinetics400/kinetics400_train_list_motion.npz', parts=4),
    dict(type='ClipColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1,
         probability=0.8, grayscale=0.2, on_device=True),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'color_map', 'motion'))
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
