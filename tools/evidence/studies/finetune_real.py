"""Fine-tuning on real actions with few labels and all, beside linear SVMs at the same labels."""

_base_ = ['way_real.py']
from label_rows import few_labels

title = 'How many labels does fine-tuning need? 18 actions of JHMDB'
labels = ('5', '10', 'all')  # clips a class; all are 438 clips, 24 a class on average
drawn = {number: f'jhmdb_train_{number}_seed{{seed}}.txt' for number in labels[:2]}
drawn['all'] = 'jhmdb_train.txt'
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
study = few_labels(
    begins,
    drawn,
    epochs,
    dict(
        train='configs/studies/real/finetune-jhmdb_r3d10.py',
        svm='configs/studies/real/jhmdb-motion_r3d10.py',
        flow='configs/studies/real/flow-jhmdb.py',
    ),
    flow_root='data/real',
    longer=2,
)
rows, tests, figures = study['rows'], study['tests'], study['figures']
lines = [
    dict(
        title='18 actions of JHMDB, other sources',
        x=(5, 10, 24),  # all: 24 on average
        xlabel='labelled clips a class',
        series=study['series'],
    )
]
