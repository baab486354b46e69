# R3D-18, trained by debiased_r3d18_minikinetics200.py, fine-tuned on Diving48 V1: 16 consecutive
# frames at 112x112, global batch 32 = 1 GPU x 32, 100 epochs.
_base_ = ['../finetune/tev_r3d18_diving48-v1-1x.py']
load_from = 'work_dirs/debiased_r3d18_minikinetics200/epoch_100.pth'
