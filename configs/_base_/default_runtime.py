# Runtime of all pre-training runs: the common settings, plus hooks that check clip pairs and log
# the health of the features.
# Batch-norm is synchronised, because the clips of a group must share a global batch.
_base_ = ['runtime.py']
custom_hooks = [
    dict(type='ClipPairBatchHook'),
    dict(type='SkippedVideosHook', max_share=0.1),
    dict(type='ThroughputHook', window=50, max_data_share=0.2),
]
default_hooks = dict(
    drawn_classes=dict(type='DrawnClassesHook'),
    feature_health=dict(type='FeatureHealthHook', interval=20, num_videos=512))

# Accuracies are averaged over the window, as losses are; validation accuracies are not.
log_processor = dict(
    mean_pattern=r'loss|time|grad_norm|feature_std|(^|/)(acc|chance|negatives)_\w+$')
