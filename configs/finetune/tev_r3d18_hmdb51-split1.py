# R3D-18, pre-trained by ../tev_r3d18_k400.py, fine-tuned on HMDB51 split 1: 16 frames, every
# fourth, at 128x128, global batch 32 = 1 GPU x 32, 200 epochs. Not in the paper's text: rate,
# weight decay, warm-up, dropout, crop areas.
_base_ = ['scratch_r3d18_hmdb51-split1.py']
load_from = 'work_dirs/tev_r3d18_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
