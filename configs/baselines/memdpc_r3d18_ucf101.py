# MemDPC (Han et al., ECCV 2020): as DPC, but predictions are mixtures of 1024 learned memories.
# Clips and all else are as in dpc_r3d18_ucf101.py: global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = 'dpc_r3d18_ucf101.py'
model = dict(heads=dict(prediction=dict(memory_size=1024)))
