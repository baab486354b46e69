"""Fine-tuning on real actions with few labels and all, beside linear SVMs at the same labels."""

_base_ = ['way_real.py']
title = 'How many labels does fine-tuning need? 18 actions of JHMDB'
labels = ('5', '10', 'all')  # clips a class; all are 438 clips, 24 a class on average
drawn = {'all': 'jhmdb_train.txt'}
drawn.update({number: f'jhmdb_train_{number}_seed{{seed}}.txt' for number in labels[:2]})
epochs = {'5': 60, '10': 40, 'all': 20}
prepare = [
    *_base_.prepare,
    *(
        dict(
            makes=f'{folder}/jhmdb_train_10_seed2.txt',
            command=f'tools/data/few_labels.py {folder}/jhmdb_train.txt --per-class 5 10 '
            '--seeds 0 1 2',
        )
        for folder in ('data/real', 'data/real_cache')
    ),
]
# Where a training begins: a network of the package, or that of another study's row.
begins = dict(
    r3d10_motion='tev://r3d10-motion',
    then_real='way_real/generated_then_real',
    scratch=None,
)
from_scratch = {
    'load_from': None,
    'custom_hooks': [],
    'model.backbone.norm_eval': False,
    'optim_wrapper.paramwise_cfg.custom_keys.backbone.lr_mult': 1.0,
}
rows = dict(
    _delete_=True,
    flow=dict(
        configs={f'svm_{number}': 'configs/studies/real/flow-jhmdb.py' for number in labels},
        data_root='data/real',
    ),
)
for name, weights in begins.items():
    if weights is not None:
        rows[name] = dict(weights=weights)
for name, weights in begins.items():
    for number in labels:
        times = 2 if weights is None else 1  # there is more to learn
        options = {
            'train_dataloader.dataset.ann_file': drawn[number],
            'train_cfg.max_epochs': times * epochs[number],
            'train_cfg.val_interval': times * epochs[number],
            'param_scheduler.1.end': times * epochs[number],
        }
        row = dict(train='configs/studies/real/finetune-jhmdb_r3d10.py', options=options)
        if weights is None:
            options.update(from_scratch)
        else:
            row.update(load_from=weights)
        rows[f'{name}_{number}'] = row
tuned = [f'{name}_{number}' for name in begins for number in labels]
frozen = [name for name, weights in begins.items() if weights is not None]
tests = {
    '_delete_': True,
    'accuracy': dict(config='configs/studies/real/finetune-jhmdb_r3d10.py', rows=tuned),
    **{
        f'svm_{number}': dict(
            config='configs/studies/real/jhmdb-motion_r3d10.py',
            options={'test_dataloader.dataset.gallery_ann_file': drawn[number]},
            rows=['flow', *frozen],
        )
        for number in labels
    },
}
figures = dict(
    _delete_=True,
    accuracy=dict(test='accuracy', metric='AccMetric', result='top1', label='fine-tuned, %'),
    **{
        f'svm_{number}': dict(
            test=f'svm_{number}',
            metric='LinearProbeMetric',
            result='top1',
            label=f'SVM, {number} labels, %',
        )
        for number in labels
    },
)
lines = [
    dict(
        title='18 actions of JHMDB, other sources',
        x=(5, 10, 24),  # all: 24 on average
        xlabel='labelled clips a class',
        series={
            **{
                f'{name}, fine-tuned': [(f'{name}_{number}', 'accuracy') for number in labels]
                for name in begins
            },
            **{
                f'{name}, SVM': [(name, f'svm_{number}') for number in labels]
                for name in ('flow', *frozen)
            },
        },
    )
]
