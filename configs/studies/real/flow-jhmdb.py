# The baseline of motion/flow.py on JHMDB, 18 actions. 96 frames, 48x48.
_base_ = ['../motion/flow.py']
opposites = [('sit', 'stand')]
protocol = dict(_base_.protocol, split='JHMDB-18')
test_dataloader = dict(
    dataset=dict(
        data_root='data/real',
        gallery_ann_file='jhmdb_train.txt',
        ann_file='jhmdb_test.txt',
        class_file='jhmdb_classes.txt',
    )
)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
    dict(type='ChiralityMetric', protocol=protocol, opposites=opposites, costs=_base_.costs),
]
