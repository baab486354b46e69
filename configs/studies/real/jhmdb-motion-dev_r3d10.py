# jhmdb-motion_r3d10.py on the development split, a part of the training clips, to choose recipes
# without the test clips. Pre-train on train_dev.txt, which does not contain the queries.
# 16 frames, 3 clips, 72x72.
_base_ = ['jhmdb-motion_r3d10.py']
protocol = dict(_base_.protocol, split='JHMDB-18, development')
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='jhmdb_dev_train.txt',
        ann_file='jhmdb_dev_test.txt',
    )
)
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
