# R(2+1)D-18, pre-trained by ../tev_r2plus1d_k400.py, fine-tuned on HMDB51 split 1: 16 frames,
# every fourth, at 112x112, global batch 32 = 1 GPU x 32, 200 epochs. Not in the paper's text:
# rate, weight decay, warm-up, dropout, crop areas.
_base_ = ['scratch_r2plus1d_hmdb51-split1.py']
load_from = 'work_dirs/tev_r2plus1d_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
