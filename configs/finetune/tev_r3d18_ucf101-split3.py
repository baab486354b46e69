# R3D-18, pre-trained by ../tev_r3d18_k400.py, fine-tuned on UCF101 split 3: 16 frames, every
# fourth, at 128x128, global batch 32 = 1 GPU x 32, 100 epochs. Not in the paper's text: rate,
# weight decay, warm-up, dropout, crop areas.
_base_ = ['tev_r3d18_ucf101-split1.py']
train_dataloader = dict(dataset=dict(ann_file='ucf101_train_split_3_videos.txt'))
val_dataloader = dict(dataset=dict(ann_file='ucf101_val_split_3_videos.txt'))
test_dataloader = val_dataloader
