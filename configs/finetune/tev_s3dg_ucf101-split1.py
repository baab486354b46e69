# S3D-G, pre-trained by ../tev_s3dg_k400.py, fine-tuned on UCF101 split 1: 32 frames, every
# fourth, at 128x128, global batch 32 = 1 GPU x 32, 100 epochs. Not in the paper's text: rate,
# weight decay, warm-up, dropout, crop areas.
_base_ = ['scratch_s3dg_ucf101-split1.py']
load_from = 'work_dirs/tev_s3dg_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
