# R(2+1)D-18, pre-trained by ../tev_r2plus1d_k400.py, fine-tuned on UCF101 split 3: 16 frames,
# every fourth, at 112x112, global batch 32 = 1 GPU x 32, 100 epochs. Not in the paper's text:
# rate, weight decay, warm-up, dropout, crop areas.
_base_ = ['scratch_r2plus1d_ucf101-split3.py']
load_from = 'work_dirs/tev_r2plus1d_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
