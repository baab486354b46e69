# gestures_r3d10.py on the actions of Weizmann, with test clips of other persons.
_base_ = ['gestures_r3d10.py']
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='weizmann_train.txt',
        ann_file='weizmann_test.txt',
        class_file='weizmann_classes.txt'))
protocol = dict(_base_.protocol, split='Weizmann')
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
