# Follows the public code of PCL (Tao et al., 2020), which follows VCOP (Xu et al., CVPR 2019): ten
# clips of 16 consecutive frames, resized to 171x128 without keeping the aspect ratio, the central
# 112x112; raw features. docs/evaluation.md lists the differences.
protocol = dict(
    name='PCL', clip_len=16, frame_interval=1, num_clips=10, crops='center', size=112,
    view_pooling='mean', standardisation='none', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=10, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(171, 128), keep_ratio=False),
    dict(type='CenterCrop', crop_size=112),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
