# Runtime of tests of frozen features: a checkpoint must fill the backbone, and results are saved
# with their protocol.
_base_ = ['runtime.py']
test_cfg = dict(type='TestLoop')
default_hooks = dict(logger=dict(interval=500))
custom_hooks = [dict(type='BackboneWeightsHook'), dict(type='EvaluationReportHook')]
