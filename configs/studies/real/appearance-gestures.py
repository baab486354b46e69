# Appearance alone (motion/appearance.py) on the gestures. 1 frame, 48x48.
_base_ = ['../motion/appearance.py']
opposites = [('left', 'right'), ('up', 'down')]
protocol = dict(_base_.protocol, split='gestures')
test_dataloader = dict(
    dataset=dict(
        data_root='data/real',
        gallery_ann_file='gestures_train.txt',
        ann_file='gestures_test.txt',
        class_file='gestures_classes.txt',
    )
)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=opposites, costs=_base_.costs),
]
