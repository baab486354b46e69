# 1-NN and linear SVM on your own clips, of r3d10-motion, the network that comes with the package, or
# of weights that were trained on from it: the clips to train on are the gallery, those to test on
# the queries. 16 frames spread over the whole video, 3 clips, 72x72.
_base_ = ['../studies/real/gestures-motion_r3d10.py']
protocol = dict(_base_.protocol, name='own clips', split='own clips')
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
