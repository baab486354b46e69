# evaluate_r3d10.py for features of stage 3 of the network of tev-motion_r3d10.py. They keep time
# (128 numbers), and were chosen on clips made with another generator seed. 16 frames, every
# fourth, 4 clips, 48x48.
_base_ = ['evaluate_r3d10.py']
model = dict(backbone=dict(summary=((3, 'space'),)))
protocol = dict(_base_.protocol, size=48)
test_pipeline = _base_.test_dataloader.dataset.pipeline
test_pipeline[3].update(scale=(-1, 48))
test_pipeline[4].update(crop_size=48)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=_base_.opposites, costs=_base_.costs),
]
