# gestures-motion_r3d10.py on 18 actions of JHMDB.
# 16 frames, 3 clips, 72x72.
_base_ = ['gestures-motion_r3d10.py']
opposites = [('sit', 'stand')]
protocol = dict(_base_.protocol, split='JHMDB-18')
test_dataloader = dict(
    dataset=dict(
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
