# TCLR (Dave et al., CVIU 2022), its instance and local-local terms: four clips per video, two
# views of each. There is no global-local term, because it needs features that are not pooled over
# time.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs. A video has
# eight clips; if they do not fit into memory, set model.chunk_size.
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
