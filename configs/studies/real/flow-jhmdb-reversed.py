# The control for flow-jhmdb.py: test clips are played backwards. 96 frames, 48x48.
_base_ = ['flow-jhmdb.py']
test_pipeline = _base_.test_pipeline
test_pipeline.insert(2, dict(type='ReversePlayback', subset='query'))
protocol = dict(_base_.protocol, split='JHMDB-18, test clips reversed')
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=_base_.opposites, costs=_base_.costs),
]
