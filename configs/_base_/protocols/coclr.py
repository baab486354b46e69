# Follows the public code of CoCLR (Han et al., NeurIPS 2020): 32 consecutive frames, the central
# 224x224 resized to 128x128; the feature of each clip is scaled to unit length before the mean;
# gallery and queries are centred by their own means. docs/evaluation.md lists the differences.
protocol = dict(
    name='CoCLR', clip_len=32, frame_interval=1, num_clips=10, crops='center', size=128,
    view_pooling='mean_of_unit', standardisation='own_mean', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=32, frame_interval=1, num_clips=10, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 240)),
    dict(type='CenterCrop', crop_size=224),
    dict(type='Resize', scale=(128, 128), keep_ratio=False),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
