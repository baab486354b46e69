# Retrieval on HMDB51 split 1 by S3D-G, pre-trained on Kinetics-400, under the paper's protocol with
# clips of 32 frames at 128x128; the paper has no such number.
_base_ = [
    '../_base_/models/features_s3dg.py', '../_base_/protocols/tev_32x128.py',
    '../_base_/datasets/hmdb51_gallery_query.py', '../_base_/evaluation_runtime.py'
]
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(
    type='RetrievalMetric', protocol=dict(split=_base_.split, **_base_.protocol))
