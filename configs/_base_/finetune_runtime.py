# Runtime of supervised runs: keeps the checkpoint with the best validation in addition to the last
# ones, checks the labels and the lengths of the videos, and saves a record of each validation and
# test.
_base_ = ['runtime.py']
default_hooks = dict(
    checkpoint=dict(interval=10, save_best='acc/top1', rule='greater'),
    labels=dict(type='LabelsHook'),
    records=dict(type='EvaluationReportHook'),
    short_videos=dict(type='ShortVideosHook'))
log_processor = dict(custom_cfg=[
    dict(data_src=name, method_name='mean', window_size=20) for name in ('top1_acc', 'top5_acc')
])
