# The equivariance task of tev_r3d10.py on the test subjects: top-1 among 98 negatives. 16 frames
# at 32x32 from the middle of the frame, speeds 1, 2 and 4, 50 videos per batch.
_base_ = ['../../_base_/models/tev_r3d18.py', '../../_base_/evaluation_runtime.py']
model = dict(
    backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)),
    feature_dim=128,
    heads=dict(instance=None, speed=None, direction=None, order=None))
test_dataloader = dict(
    batch_size=50,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ClipPairDataset',
        data_root='data/motion',
        ann_file='test.txt',
        data_prefix=dict(video=''),
        clip_sampler=dict(clip_len=16, speeds=(1, 2, 4), balance_order=True),
        group_size=2,
        test_mode=True,
        pipeline=[
            dict(type='Resize', scale=(-1, 32)),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs')]))
test_evaluator = dict(type='TaskMetric', split='motion benchmark, test')
test_cfg = dict(type='TaskTestLoop')
