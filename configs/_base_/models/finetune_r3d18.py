# MMAction2's stock recognizer and head (global average pool, dropout, linear classifier) on the
# backbone of tev_r3d18.py. The dropout of 0.5 is ours: the paper's text does not state it.
_base_ = ['tev_r3d18.py']
model = dict(
    _delete_=True,
    type='Recognizer3D',
    backbone=_base_.model.backbone,
    cls_head=dict(
        type='I3DHead',
        in_channels=_base_.model.feature_dim,
        num_classes=101,
        spatial_type='avg',
        dropout_ratio=0.5,
        average_clips='prob'),
    data_preprocessor=dict(_base_.model.data_preprocessor, type='ActionDataPreprocessor'),
    test_cfg=dict(max_testing_views=10))  # bounds memory; val and test need batches of one video
