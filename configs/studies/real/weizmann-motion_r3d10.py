# gestures-motion_r3d10.py on the actions of Weizmann.
# 16 frames, 3 clips, 72x72.
_base_ = ['gestures-motion_r3d10.py']
protocol = dict(_base_.protocol, split='Weizmann')
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='weizmann_train.txt',
        ann_file='weizmann_test.txt',
        class_file='weizmann_classes.txt',
    )
)
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
