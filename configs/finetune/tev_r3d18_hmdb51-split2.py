# R3D-18, pre-trained by ../tev_r3d18_k400.py, fine-tuned on HMDB51 split 2: 16 frames, every
# fourth, at 128x128, global batch 32 = 1 GPU x 32, 200 epochs. Not in the paper's text: rate,
# weight decay, warm-up, dropout, crop areas.
_base_ = ['tev_r3d18_hmdb51-split1.py']
train_dataloader = dict(dataset=dict(ann_file='hmdb51_train_split_2_videos.txt'))
val_dataloader = dict(dataset=dict(ann_file='hmdb51_val_split_2_videos.txt'))
test_dataloader = val_dataloader
