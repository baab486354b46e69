# appearance.py with opposite motions merged into one class, as in evaluate-kinds_r3d10.py. 1
# frame, 48x48.
_base_ = ['appearance.py']
protocol = dict(_base_.protocol, split='motion benchmark, kinds')
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='train_kinds.txt',
        ann_file='test_kinds.txt',
        class_file='classes_kinds.txt',
    )
)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
