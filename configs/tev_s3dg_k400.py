# S3D-G on Kinetics-400: 32 frames at 128x128, global batch 256 = 8 GPUs x 32, 200 epochs. At speed
# 8, a clip covers 249 frames. If one video of a group is shorter, the group gets lower speeds.
_base_ = [
    '_base_/models/tev_s3dg.py', '_base_/datasets/clip_pairs.py',
    '_base_/schedules/adamw_200e.py', '_base_/default_runtime.py'
]
from tev_mmaction import change_steps

train_pipeline = change_steps(_base_.train_pipeline, ClipRandomResizedCrop=dict(size=128))
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        data_root='data/kinetics400',
        ann_file='kinetics400_train_list_videos.txt',
        data_prefix=dict(video='videos_train'),
        clip_sampler=dict(clip_len=32),
        pipeline=train_pipeline))
auto_scale_lr = dict(enable=False, base_batch_size=256)
