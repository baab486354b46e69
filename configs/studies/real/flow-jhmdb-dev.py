# flow-jhmdb.py on the development split, a part of the training clips. 96 frames, 48x48.
_base_ = ['flow-jhmdb.py']
protocol = dict(_base_.protocol, split='JHMDB-18, development')
test_dataloader = dict(
    dataset=dict(
        gallery_ann_file='jhmdb_dev_train.txt',
        ann_file='jhmdb_dev_test.txt',
    )
)
test_evaluator = [dict(metric, protocol=protocol) for metric in _base_.test_evaluator]
