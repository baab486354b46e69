# Common settings of all runs, pre-training and fine-tuning: MMAction2's defaults and our plugin.
default_scope = 'mmaction'
custom_imports = dict(imports=['tev_mmaction'], allow_failed_imports=False)

default_hooks = dict(
    runtime_info=dict(type='RuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, ignore_last=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='SoundCheckpointHook', interval=1, max_keep_ckpts=3),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    sync_buffers=dict(type='SyncBuffersHook'),
    # Hooks of this package; tools/train.py and tools/test.py add them to every config.
    loaded_weights=dict(type='LoadedWeightsHook'),
    non_finite=dict(type='NonFiniteHook', max_steps=10),
    resumed_schedule=dict(type='ResumedScheduleHook'),
    run_history=dict(type='RunHistoryHook'),
    pictures=dict(type='PicturesHook'))

env_cfg = dict(
    cudnn_benchmark=True,  # all clips have one shape
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
sync_bn = 'torch'  # in distributed runs, batch-norm uses the global batch

log_processor = dict(type='LogProcessor', window_size=20, by_epoch=True)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='ActionVisualizer', vis_backends=vis_backends)

# A fixed seed, so that the order of videos is the same after `--resume`. `--seed` overrides it.
randomness = dict(seed=0, diff_rank_seed=False, deterministic=False)

log_level = 'INFO'
load_from = None
resume = False
