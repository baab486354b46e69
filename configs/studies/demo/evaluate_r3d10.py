# The demo: retrieval and linear SVM on held-out clips of tools/data/make_motion_clips.py, with the
# backbone of tev_r3d10.py. 8 frames, every fourth of the video, 10 clips, 32x32.
_base_ = ['../../_base_/models/features_r3d18.py', '../../_base_/evaluation_runtime.py']
model = dict(backbone=dict(depth=10, base_channels=16, stem_kernel=(3, 5, 5)))

protocol = dict(
    name='demo', split='motion clips', clip_len=8, frame_interval=4, num_clips=10, crops='center',
    size=32, view_pooling='mean', standardisation='gallery', metric='cosine')
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='GalleryQueryDataset',
        data_root='demo_out',
        gallery_ann_file='videos/videos.txt',
        ann_file='held_out/videos.txt',
        class_file='videos/classes.txt',
        data_prefix=dict(video='held_out', gallery='videos'),
        pipeline=[
            dict(type='VideoInit'),
            dict(type='SampleFrames', clip_len=8, frame_interval=4, num_clips=10, test_mode=True),
            dict(type='VideoDecode'),
            dict(type='Resize', scale=(-1, 32)),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs')
        ]))
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=(1e-3, 1e-2, 1e-1, 1)),
]
