# R3D-18 on UCF101 split 1, the setting of the paper's ablations and retrieval: 16 frames at
# 112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = [
    '_base_/models/tev_r3d18.py', '_base_/datasets/clip_pairs.py',
    '_base_/schedules/adamw_400e.py', '_base_/default_runtime.py'
]
train_dataloader = dict(
    batch_size=24,
    dataset=dict(
        data_root='data/ucf101',
        ann_file='ucf101_train_split_1_videos.txt',
        data_prefix=dict(video='videos')))
auto_scale_lr = dict(enable=False, base_batch_size=192)
