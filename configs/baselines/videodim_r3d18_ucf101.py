# VideoDIM (Hjelm & Bachman, 2020): the feature of a clip is compared with the cells of the maps of
# another clip, in the last two stages; cells of other videos are negatives. One of both clips is at
# the natural rate, the other at double speed.
# R3D-18 on UCF101 split 1 at 16x112x112, global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = '../tev_r3d18_ucf101.py'
model = dict(
    backbone=dict(out_indices=(2, 3)),
    feature_dim=768,
    heads=dict(_delete_=True, layers=dict(type='LayersHead', widths=(256, 512), clip=20.0)))
train_dataloader = dict(
    dataset=dict(
        group_size=1,
        clip_sampler=dict(
            _delete_=True, type='IndependentClipSampler', clip_len=16, speeds=(1, 2),
            directions=(1, ), num_draws=2, distinct_speeds=True)))
