# ViT-L/16 of VideoMAE on Kinetics-400: 16 frames at 224x224, global batch 192 = 8 GPUs x 24.
_base_ = ['tev_videomae-b_k400.py', '../_base_/fully_sharded.py']
model = dict(backbone=dict(embed_dims=1024, depth=24, num_heads=16), feature_dim=1024)
