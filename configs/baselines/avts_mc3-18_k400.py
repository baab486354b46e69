# AVTS (Korbar et al., NeurIPS 2018): does a sound go with a clip? Negatives are sounds of other
# videos; avts-hard_mc3-18_k400.py goes on with sounds of other times of the video.
# MC3-18 on Kinetics-400; data and all else are as in gdt-audio_r3d18_k400.py:
# global batch 512 = 8 GPUs x 64, 200 epochs.
_base_ = 'gdt-audio_r3d18_k400.py'
model = dict(
    backbone=dict(
        stem_kernel=(3, 7, 7), stem_pool=False, shortcut='B', spatial_stages=(2, 3, 4)),
    heads=dict(_delete_=True, synchronisation=dict(type='SynchronisationHead')))
train_dataloader = dict(
    dataset=dict(
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, ), num_draws=1)))
