# TCLR (Dave et al., CVIU 2022), its instance and local-local terms: four clips a video, two views
# of each. The global-local term is left out: it needs features that are not pooled over time.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs. Eight clips a
# video: where they do not fit, set model.chunk_size.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    heads=dict(
        _delete_=True,
        instance=dict(type='InstanceHead', temperature=0.1),
        local=dict(type='DistinctivenessHead', within_video=True, temperature=0.1)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, ),
            directions=(1, ), num_draws=4, num_views=2)))
