# A fast protocol for curves over a training: tev.py with one clip from the middle and a centre
# crop.
protocol = dict(
    name='one view', clip_len=16, frame_interval=4, num_clips=1, crops='center', size=112,
    view_pooling='mean', standardisation='gallery', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 112)),
    dict(type='CenterCrop', crop_size=112),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
