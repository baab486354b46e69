# Appearance alone (motion/appearance.py) on Weizmann. 1 frame, 48x48.
_base_ = ['../motion/appearance.py']
protocol = dict(_base_.protocol, split='Weizmann')
test_dataloader = dict(
    dataset=dict(
        data_root='data/real',
        gallery_ann_file='weizmann_train.txt',
        ann_file='weizmann_test.txt',
        class_file='weizmann_classes.txt',
    )
)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
