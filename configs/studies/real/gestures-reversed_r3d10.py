# The control for gestures_r3d10.py: test clips are played backwards.
_base_ = ['gestures_r3d10.py']
from tev_mmaction import insert_step

test_pipeline = insert_step(
    _base_.test_pipeline, dict(type='ReversePlayback', subset='query'), before='VideoDecode')
protocol = dict(_base_.protocol, split='gestures, test clips reversed')
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
