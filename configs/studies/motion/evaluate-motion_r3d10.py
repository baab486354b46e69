# evaluate_r3d10.py for features of stage 3 of the network of tev-motion_r3d10.py. They keep time
# (128 numbers), and were chosen on clips made with another generator seed. 16 frames, every
# fourth, 4 clips, 48x48.
_base_ = ['evaluate_r3d10.py']
from tev_mmaction import change_steps

model = dict(backbone=dict(summary=((3, 'space'),)))
protocol = dict(_base_.protocol, size=48)
test_pipeline = change_steps(
    _base_.test_pipeline, Resize=dict(scale=(-1, 48)), CenterCrop=dict(crop_size=48))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
