# 1-NN and linear SVM on the gestures, with the backbone of tev_r3d10.py. Training clips are the
# gallery; test clips, from other places, are the queries. 16 frames spread over the whole video, 3
# interleaved clips, 48x48.
_base_ = ['../motion/evaluate_r3d10.py']
protocol = dict(
    name='real clips', split='gestures', clip_len=16, frame_interval=None, num_clips=3,
    crops='center', size=48, view_pooling='mean', standardisation='gallery', metric='cosine')
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='UniformSample', clip_len=16, num_clips=3, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(-1, 48)),
    dict(type='CenterCrop', crop_size=48),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_dataloader = dict(
    dataset=dict(
        data_root='data/real',
        gallery_ann_file='gestures_train.txt',
        ann_file='gestures_test.txt',
        class_file='gestures_classes.txt',
        pipeline=test_pipeline))
opposites = [('left', 'right'), ('up', 'down')]
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=opposites, costs=_base_.costs),
]
