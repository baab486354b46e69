"""Fine-tuning with few labels on the motion benchmark, beside linear SVMs at the same labels."""

_base_ = ['way.py']
title = 'How many labels does fine-tuning need? The generated benchmark'
labels = (2, 5, 20, 80)  # clips a class; 80 are all
steps_an_epoch = {2: 1, 5: 3, 20: 10, 80: 40}  # of 24 clips
steps = {2: 200, 5: 210, 20: 400, 80: 800}
lists = {number: f'train_{number}_seed{{seed}}.txt' for number in labels}
prepare = [
    *_base_.prepare,
    *(
        dict(
            makes=f'{folder}/train_80_seed2.txt',
            command=f'tools/data/few_labels.py {folder}/train.txt --per-class 2 5 20 80 '
            '--seeds 0 1 2',
        )
        for folder in ('data/motion', 'data/motion_cache')
    ),
]
seeds = (0, 1, 2)
# Where a training begins: the weights, by their study and row, and what the tables call them.
begins = dict(
    motion_targets='way/tev_motion', paper='stages/all', rival='stages/distinctive', scratch=None
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
        configs={f'svm_{number}': 'configs/studies/motion/flow.py' for number in labels},
        data_root='data/motion',
    ),
)
for name, weights in begins.items():
    if weights is not None:
        rows[name] = dict(weights=weights)
for name, weights in begins.items():
    for number in labels:
        epochs = steps[number] // steps_an_epoch[number]
        options = {
            'train_dataloader.dataset.ann_file': lists[number],
            'train_cfg.max_epochs': epochs,
            'train_cfg.val_interval': epochs,
            'param_scheduler.1.end': epochs,
        }
        row = dict(train='configs/studies/motion/finetune_r3d10.py', options=options)
        if weights is None:
            options.update(from_scratch)
        else:
            row.update(load_from=weights)
        rows[f'{name}_{number}'] = row
tuned = [row for row in rows if row.rpartition('_')[2].isdigit()]
frozen = [row for row in rows if row not in (*tuned, 'flow', '_delete_')]
tests = {
    '_delete_': True,
    'accuracy': dict(config='configs/studies/motion/finetune_r3d10.py', rows=tuned),
    **{
        f'svm_{number}': dict(
            config='configs/studies/motion/evaluate-motion_r3d10.py',
            options={'test_dataloader.dataset.gallery_ann_file': lists[number]},
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
matrices = bars = ()
lines = [
    dict(
        title='Twelve motions of unseen subjects',
        x=labels,
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
