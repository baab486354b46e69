# The control for jhmdb-motion_r3d10.py: test clips are played backwards.
# 16 frames, 3 clips, 72x72.
_base_ = ['jhmdb-motion_r3d10.py']
from tev_mmaction import insert_step

test_pipeline = insert_step(
    _base_.test_pipeline, dict(type='ReversePlayback', subset='query'), before='VideoDecode')
protocol = dict(_base_.protocol, split='JHMDB-18, test clips reversed')
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
