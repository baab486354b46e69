# Runtime of all pre-training runs: the common one, plus what watches clip pairs. Batch-norm is
# synchronised, as the clips of a group must share a global batch.
_base_ = ['runtime.py']
custom_hooks = [
    dict(type='ClipPairBatchHook'),
    dict(type='SkippedVideosHook', max_share=0.1),
    dict(type='ThroughputHook', window=50, max_data_share=0.2),
]

# mmengine averages losses over the window by itself, other figures only when they are named.
_tasks = ['equivariance', 'instance', 'speed', 'direction', 'order']
_figures = ['feature_std', *[f'acc_{t}' for t in _tasks], *[f'negatives_{t}' for t in _tasks[:2]]]
log_processor = dict(
    custom_cfg=[dict(data_src=name, method_name='mean', window_size=20) for name in _figures])
