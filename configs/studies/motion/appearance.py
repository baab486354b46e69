# Appearance alone: evaluate_r3d10.py on colours and edges of the middle frame, without a network or
# weights. 1 frame, 48x48.
_base_ = ['flow.py']
model = dict(backbone=dict(_delete_=True, type='HandMadeAppearance', levels=4, cells=6, bins=9))
protocol = dict(_base_.protocol, name='hand-made appearance', clip_len=1, frame_interval=1)
test_pipeline = [
    dict(type='VideoInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=1, test_mode=True),
    dict(type='VideoDecode'),
    dict(type='Resize', scale=(48, 48), keep_ratio=False, interpolation='area'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
