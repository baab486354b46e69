# evaluate-motion_r3d18.py with opposite motions merged into one class: the kind of motion, not its
# direction. 16 frames, every fourth of the video, 4 clips, 64x64.
_base_ = ['evaluate-motion_r3d18.py']
protocol = dict(_base_.protocol, split='motion benchmark, kinds')
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='train_kinds.txt',
        ann_file='test_kinds.txt',
        class_file='classes_kinds.txt'))
test_evaluator = [
    dict(type='RetrievalMetric', protocol=protocol),
    dict(type='LinearProbeMetric', protocol=protocol, costs=_base_.costs),
]
