# R3D-18, pre-trained by ../tev_r3d18_diving48.py, fine-tuned on Diving48 V2 at 2x: 16 frames over
# 32, at 112x112, global batch 32 = 1 GPU x 32, 100 epochs (ours). Not in the paper's text: rate,
# weight decay, warm-up, dropout, crop areas.
_base_ = ['scratch_r3d18_diving48-v2-2x.py']
load_from = 'work_dirs/tev_r3d18_diving48/epoch_400.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
