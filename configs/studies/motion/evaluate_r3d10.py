# Retrieval and linear SVM on the motion benchmark of tools/data/make_motion_clips.py, with the
# backbone of tev_r3d10.py. The queries are clips of the test subjects. 16 frames, every fourth of
# the video, 4 clips, 32x32. ChiralityMetric measures whether opposite motions are distinguished.
_base_ = ['../demo/evaluate_r3d10.py']
from tev_mmaction import change_steps

protocol = dict(
    name='motion', split='motion benchmark', clip_len=16, frame_interval=4, num_clips=4,
    crops='center', size=32, view_pooling='mean', standardisation='gallery', metric='cosine')
test_pipeline = change_steps(
    _base_.test_dataloader.dataset.pipeline, SampleFrames=dict(clip_len=16, num_clips=4))
test_dataloader = dict(
    dataset=dict(
        data_root='data/motion',
        gallery_ann_file='train.txt',
        ann_file='test.txt',
        class_file='classes.txt',
        data_prefix=dict(_delete_=True, video=''),
        pipeline=test_pipeline))
opposites = [
    ('travel-left', 'travel-right'),
    ('travel-up', 'travel-down'),
    ('hop-left', 'hop-right'),
    ('spin-clockwise', 'spin-counterclockwise'),
    ('orbit-clockwise', 'orbit-counterclockwise'),
]
costs = (1e-3, 1e-2, 1e-1, 1)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=opposites, costs=costs),
]
