# The demo: how well the relation of two clips can be predicted from their features, on held-out
# clips of tools/data/make_motion_clips.py, with the backbone of tev_r3d10.py. 8 frames at 32x32,
# speeds 1, 2 and 4, 8 pairs per video.
_base_ = ['../../_base_/models/features_r3d18.py', '../../_base_/evaluation_runtime.py']
model = dict(backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)))

test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ClipPairDataset',
        data_root='demo_out/held_out',
        ann_file='videos.txt',
        data_prefix=dict(video=''),
        clip_sampler=dict(
            type='IndependentPairsSampler', clip_len=8, speeds=(1, 2, 4), num_pairs=8),
        group_size=1,
        test_mode=True,
        pipeline=[
            dict(type='Resize', scale=(-1, 32)),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs')
        ]))
test_evaluator = dict(type='EquivarianceMetric', split='motion clips, held out')
