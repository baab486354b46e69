# R(2+1)D-18, pre-trained by ../tev_r2plus1d_diving48.py, fine-tuned on Diving48 V1 at 2x: 16
# frames over 32, at 112x112, global batch 32 = 1 GPU x 32, 100 epochs (ours). Not in the paper's
# text: rate, weight decay, warm-up, dropout, crop areas.
_base_ = ['tev_r2plus1d_diving48-v2-2x.py']
train_dataloader = dict(dataset=dict(ann_file='diving48_v1_train_list_videos.txt'))
val_dataloader = dict(dataset=dict(ann_file='diving48_v1_val_list_videos.txt'))
test_dataloader = val_dataloader
