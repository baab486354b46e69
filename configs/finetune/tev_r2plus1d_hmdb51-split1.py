# R(2+1)D-18, pre-trained by ../tev_r2plus1d_k400.py, fine-tuned on HMDB51 split 1: 16 frames,
# every fourth, at 112x112, global batch 32 = 1 GPU x 32, 200 epochs. Not in the paper's text:
# rate, weight decay, warm-up, dropout, crop areas.
_base_ = [
    '../_base_/models/finetune_r2plus1d18.py', '../_base_/datasets/labelled_16x4x112.py',
    '../_base_/schedules/finetune_200e.py', '../_base_/finetune_runtime.py'
]
model = dict(cls_head=dict(num_classes=51))
train_dataloader = dict(
    dataset=dict(data_root='data/hmdb51', ann_file='hmdb51_train_split_1_videos.txt'))
val_dataloader = dict(
    dataset=dict(data_root='data/hmdb51', ann_file='hmdb51_val_split_1_videos.txt'))
test_dataloader = val_dataloader
load_from = 'work_dirs/tev_r2plus1d_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
