# Retrieval on Something-Something V2 by R(2+1)D-18, with every second frame. ChiralityMetric
# measures whether opposite motions are distinguished. The paper has no such number.
_base_ = [
    '../_base_/models/features_r2plus1d18.py', '../_base_/protocols/tev_16x2.py',
    '../_base_/datasets/sthv2_gallery_query.py', '../_base_/evaluation_runtime.py'
]
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
protocol = dict(split=_base_.split, **_base_.protocol)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='ChiralityMetric', protocol=protocol, opposites=_base_.opposites),
]
