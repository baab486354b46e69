# R(2+1)D-18 on Kinetics-400: 16 frames at 112x112, global batch 192 = 8 GPUs x 24, 200 epochs.
_base_ = [
    '_base_/models/tev_r2plus1d18.py', '_base_/datasets/clip_pairs.py',
    '_base_/schedules/adamw_200e.py', '_base_/default_runtime.py'
]
train_dataloader = dict(
    batch_size=24,
    dataset=dict(
        data_root='data/kinetics400',
        ann_file='kinetics400_train_list_videos.txt',
        data_prefix=dict(video='videos_train')))
auto_scale_lr = dict(enable=False, base_batch_size=192)
