# Retrieval on HMDB51 split 1 by R3D-18, pre-trained on UCF101, under the protocol of TCLR.
_base_ = [
    '../_base_/models/features_r3d18.py', '../_base_/protocols/tclr.py',
    '../_base_/datasets/hmdb51_gallery_query.py', '../_base_/evaluation_runtime.py'
]
model = dict(cls_head=dict(temporal_type=None))  # keeps time
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(
    type='RetrievalMetric', protocol=dict(split=_base_.split, **_base_.protocol))
