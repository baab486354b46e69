# Retrieval on Diving48 V2 by R3D-18, pre-trained on Diving48, with every second frame. The
# paper has no such number.
_base_ = [
    '../_base_/models/features_r3d18.py', '../_base_/protocols/tev_16x2.py',
    '../_base_/datasets/diving48_gallery_query.py', '../_base_/evaluation_runtime.py'
]
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(
    type='RetrievalMetric', protocol=dict(split=_base_.split, **_base_.protocol))
