# The baseline: evaluate_r3d10.py on fifty numbers of hand-made optical flow, without a network or
# weights (`python tools/test.py configs/studies/motion/flow.py`). Up to 96 frames of the whole
# video, a flow field for every second frame, 48x48.
_base_ = ['evaluate_r3d10.py']
model = dict(
    _delete_=True,
    type='Recognizer3D',
    backbone=dict(type='HandMadeFlow', stride=2, bins=8, parts=4),
    cls_head=dict(type='FeatureHead', average_clips=None),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'))
protocol = dict(
    _base_.protocol,
    name='hand-made flow', clip_len=None, frame_interval=None, num_clips=1, crops='whole', size=48)
test_pipeline = [
    dict(type='VideoInit', decoder='pyav'),  # its grey is the luma of the file
    dict(type='SampleWholeVideo', max_frames=96, min_frames=9),
    dict(type='VideoDecode', grey=True),
    dict(type='Resize', scale=(48, 48), keep_ratio=False, interpolation='area'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs')
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
custom_hooks = [dict(type='EvaluationReportHook')]  # there are no weights to check
