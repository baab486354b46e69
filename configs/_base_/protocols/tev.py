# The paper's protocol: features averaged over crops, standardised by statistics of the training
# features, compared by cosine similarity; every fourth frame. 10 clips x 3 crops are ours: the
# text says "multiple".
protocol = dict(
    name='tev', clip_len=16, frame_interval=4, num_clips=10, crops='three', size=112,
    view_pooling='mean', standardisation='gallery', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=10, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 112)),
    dict(type='ThreeCrop', crop_size=112),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
