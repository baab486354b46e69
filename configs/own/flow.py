# What evaluate_r3d10-motion.py is to be compared with: the same of hand-made optical flow, without a
# network. Up to 96 frames of the whole video, 48x48.
_base_ = ['../studies/real/flow-gestures.py']
protocol = dict(_base_.protocol, split='own clips')
test_dataloader = dict(
    dataset=dict(
        data_root='data/own',
        gallery_ann_file='train.txt',
        ann_file='test.txt',
        class_file='classes.txt',
        data_prefix=dict(video='videos')))
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol, topk=(1, 5)),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
