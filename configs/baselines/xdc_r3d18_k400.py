# XDC (Alwassel et al., NeurIPS 2020): classify a clip by the cluster of its sound, and a sound by
# the cluster of its clip. ClusteringHook clusters the features of every epoch.
# R3D-18 on Kinetics-400; data and all else are as in gdt-audio_r3d18_k400.py:
# global batch 512 = 8 GPUs x 64, 200 epochs.
_base_ = 'gdt-audio_r3d18_k400.py'
model = dict(
    heads=dict(_delete_=True, clusters=dict(type='CrossModalClusterHead', num_clusters=256)))
custom_hooks = [*_base_.custom_hooks, dict(type='ClusteringHook')]
train_dataloader = dict(
    dataset=dict(
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, ), num_draws=1)))
