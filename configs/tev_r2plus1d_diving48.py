# R(2+1)D-18 on the training set of Diving48: 16 frames at 112x112, global batch 192 = 8 GPUs x 24.
# The paper's text states neither batch size nor epochs for this dataset; they are those of UCF101.
_base_ = [
    '_base_/models/tev_r2plus1d18.py', '_base_/datasets/clip_pairs.py',
    '_base_/schedules/adamw_400e.py', '_base_/default_runtime.py'
]
train_dataloader = dict(
    batch_size=24,
    dataset=dict(
        data_root='data/diving48',
        ann_file='diving48_train_list_videos.txt',
        data_prefix=dict(video='videos')))
auto_scale_lr = dict(enable=False, base_batch_size=192)
