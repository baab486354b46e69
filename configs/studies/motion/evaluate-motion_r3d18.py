# evaluate-motion_r3d10.py for the network of tev-motion-varied_r3d18.py, at the size of its
# training: stages 2 and 3, time kept (256 numbers), chosen on clips made with another generator
# seed. 16 frames, every fourth, 4 clips, 64x64.
_base_ = ['evaluate-motion_r3d10.py']
from tev_mmaction import change_steps

model = dict(backbone=dict(depth=18, summary=((2, 'space'), (3, 'space'))))
protocol = dict(_base_.protocol, size=64)
test_pipeline = change_steps(
    _base_.test_pipeline, Resize=dict(scale=(-1, 64)), CenterCrop=dict(crop_size=64))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
