# R3D-18 on Kinetics-400: 16 frames at 128x128, global batch 512 = 8 GPUs x 64, 200 epochs.
_base_ = [
    '_base_/models/tev_r3d18.py', '_base_/datasets/clip_pairs.py',
    '_base_/schedules/adamw_200e.py', '_base_/default_runtime.py'
]
from tev_mmaction import change_steps

train_pipeline = change_steps(_base_.train_pipeline, ClipRandomResizedCrop=dict(size=128))
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        data_root='data/kinetics400',
        ann_file='kinetics400_train_list_videos.txt',
        data_prefix=dict(video='videos_train'),
        pipeline=train_pipeline))
auto_scale_lr = dict(enable=False, base_batch_size=512)
