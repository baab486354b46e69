# The baseline of motion/flow.py on Weizmann. 96 frames, 48x48.
_base_ = ['../motion/flow.py']
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
