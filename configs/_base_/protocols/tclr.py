# Follows the public code of TCLR (Dave et al., CVIU 2022): nine clips of 16 frames, every second
# frame of the video, the central 192x192 of 240 lines resized to 112x112; features are averaged
# over space, not over time. docs/evaluation.md lists the differences.
protocol = dict(
    name='TCLR', clip_len=16, frame_interval=2, num_clips=9, crops='center', size=112,
    feature_pooling='space', view_pooling='mean', standardisation='none', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=9, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 240)),
    dict(type='CenterCrop', crop_size=192),
    dict(type='Resize', scale=(112, 112), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
