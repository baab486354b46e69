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
from_scratch = {  # twice as long, as there is more to learn
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
    r3d18_motion=dict(weights='tev://r3d18-motion'),
)
for name, changes, times in (('r3d18_motion', {}, 1), ('scratch', from_scratch, 2)):
    for number in labels:
        rows[f'{name}_{number}'] = dict(
            train='configs/studies/real/finetune-jhmdb_r3d18.py',
            options={
                'train_dataloader.dataset.ann_file': drawn[number],
                'train_cfg.max_epochs': times * epochs[number],
                'train_cfg.val_interval': times * epochs[number],
                'param_scheduler.1.end': times * epochs[number],
                **changes,
            },
        )
tuned = [f'{name}_{number}' for name in ('r3d18_motion', 'scratch') for number in labels]
tests = {
    '_delete_': True,
    'accuracy': dict(config='configs/studies/real/finetune-jhmdb_r3d18.py', rows=tuned),
    **{
        f'svm_{number}': dict(
            config='configs/studies/real/jhmdb-motion_r3d18.py',
            options={'test_dataloader.dataset.gallery_ann_file': drawn[number]},
            rows=['flow', 'r3d18_motion'],
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
            'r3d18-motion, fine-tuned': [(f'r3d18_motion_{n}', 'accuracy') for n in labels],
            'scratch': [(f'scratch_{n}', 'accuracy') for n in labels],
            'r3d18-motion, SVM': [('r3d18_motion', f'svm_{n}') for n in labels],
            'flow, SVM': [('flow', f'svm_{n}') for n in labels],
        },
    )
]
