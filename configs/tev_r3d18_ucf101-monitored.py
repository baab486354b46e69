# tev_r3d18_ucf101.py with retrieval every ten epochs, from one view per video. This gives a curve
# of R@1 over the training, which does not use labels. Global batch 192 = 8 GPUs x 24, 400 epochs.
_base_ = [
    'tev_r3d18_ucf101.py', '_base_/protocols/one_view.py',
    '_base_/datasets/ucf101_gallery_query.py'
]
train_cfg = dict(val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
test_dataloader = dict(batch_size=8, dataset=dict(pipeline=_base_.test_pipeline))
val_dataloader = dict(
    batch_size=8,
    num_workers=8,
    sampler=_base_.test_dataloader.sampler,
    dataset=dict(pipeline=_base_.test_pipeline, **_base_.test_dataloader.dataset))
val_evaluator = test_evaluator = dict(
    type='RetrievalMetric', protocol=dict(split=_base_.split, **_base_.protocol))
custom_hooks = [*_base_.custom_hooks, dict(type='EvaluationReportHook')]
