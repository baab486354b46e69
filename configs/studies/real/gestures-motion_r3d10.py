# gestures_r3d10.py for features of stage 3 of the network of tev-motion_r3d10.py. They keep time
# and a grid of 3x3 cells (1,152 numbers), and were chosen on the development splits.
# 16 frames, 3 clips, 72x72.
_base_ = ['gestures_r3d10.py']
from tev_mmaction import change_steps

model = dict(backbone=dict(summary=((3, '3x3'),)))
protocol = dict(_base_.protocol, size=72)
test_pipeline = change_steps(
    _base_.test_pipeline, Resize=dict(scale=(-1, 72)), CenterCrop=dict(crop_size=72))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
