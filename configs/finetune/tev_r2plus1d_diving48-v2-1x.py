# R(2+1)D-18, pre-trained by ../tev_r2plus1d_diving48.py, fine-tuned on Diving48 V2 at 1x: 16
# consecutive frames, at 112x112, global batch 32 = 1 GPU x 32, 100 epochs (ours). Not in the
# paper's text: rate, weight decay, warm-up, dropout, crop areas.
_base_ = [
    '../_base_/models/finetune_r2plus1d18.py', '../_base_/datasets/labelled_16x1x112.py',
    '../_base_/schedules/finetune_100e.py', '../_base_/finetune_runtime.py'
]
model = dict(cls_head=dict(num_classes=48))
train_dataloader = dict(
    dataset=dict(data_root='data/diving48', ann_file='diving48_train_list_videos.txt'))
val_dataloader = dict(
    dataset=dict(data_root='data/diving48', ann_file='diving48_val_list_videos.txt'))
test_dataloader = val_dataloader
load_from = 'work_dirs/tev_r2plus1d_diving48/epoch_400.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
