"""Fine-tuning with few labels on the motion benchmark, beside linear SVMs at the same labels."""

_base_ = ['way.py']
from label_rows import few_labels

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
study = few_labels(
    begins,
    lists,
    {number: steps[number] // steps_an_epoch[number] for number in labels},
    dict(
        train='configs/studies/motion/finetune_r3d10.py',
        svm='configs/studies/motion/evaluate-motion_r3d10.py',
        flow='configs/studies/motion/flow.py',
    ),
    flow_root='data/motion',
)
rows, tests, figures = study['rows'], study['tests'], study['figures']
matrices = bars = ()
lines = [
    dict(
        title='Twelve motions of unseen subjects',
        x=labels,
        xlabel='labelled clips a class',
        series=study['series'],
    )
]
