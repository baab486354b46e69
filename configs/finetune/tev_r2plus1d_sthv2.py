# R(2+1)D-18, pre-trained by ../tev_r2plus1d_k400.py, fine-tuned on Something-Something V2: every
# second frame, 16 of them, at 112x112, global batch 32 = 1 GPU x 32, 50 epochs. All settings are
# ours; the paper has no such number.
_base_ = [
    '../_base_/models/finetune_r2plus1d18.py', '../_base_/datasets/sthv2_16x2x112.py',
    '../_base_/schedules/finetune_50e.py', '../_base_/finetune_runtime.py'
]
model = dict(cls_head=dict(num_classes=174))
load_from = 'work_dirs/tev_r2plus1d_k400/epoch_200.pth'
custom_hooks = [dict(type='BackboneWeightsHook')]
