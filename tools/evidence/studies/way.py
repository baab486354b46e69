"""Which way something moves: motion targets and features of the middle, beside the yardstick."""

_base_ = ['motion.py']
title = 'Which way does it move? Motion targets on the generated benchmark'
prepare = [
    *_base_.prepare,
    _base_.tracks,
    dict(
        makes='data/motion_5x/manifest.csv',
        command='tools/data/make_motion_clips.py data/motion_5x --set benchmark --seed 2 '
        '--train-subjects 400 --test-subjects 1',
    ),
    dict(
        makes='data/motion_5x/motion_tracks.npz',
        command='tools/data/motion_tracks.py data/motion_5x/train.txt '
        'data/motion_5x/motion_tracks.npz',
    ),
    dict(
        makes='data/motion_5x_cache/train.txt',
        command='tools/data/cache_videos.py data/motion_5x data/motion_5x_cache '
        '--format memmap --lists train.txt',
    ),
]
rows = dict(
    _delete_=True,
    flow=_base_.rows.flow,
    tev_motion=dict(train='configs/studies/motion/tev-motion_r3d10.py'),
    tev_motion_5x=dict(
        train='configs/studies/motion/tev-motion-5x_r3d10.py',
        options={'train_dataloader.dataset.data_root': 'data/motion_5x_cache'},
    ),
    motion_targets_only=dict(
        train='configs/studies/motion/tev-motion_r3d10.py',
        options={
            f'model.heads.{task}': None for task in ('equivariance', 'speed', 'direction', 'order')
        },
    ),
    no_motion_targets=dict(
        train='configs/studies/motion/tev-motion_r3d10.py', options={'model.heads.motion': None}
    ),
    random=dict(),
)
tests = dict(
    _delete_=True,
    features=dict(config='configs/studies/motion/evaluate-motion_r3d10.py'),
    kinds=dict(config='configs/studies/motion/evaluate-motion-kinds_r3d10.py'),
    equivariance=dict(config='configs/studies/motion/equivariance-motion_r3d10.py'),
)
figures = {name: each for name, each in _base_.figures.items() if each['test'] in tests}
figures['_delete_'] = True
matrices = (dict(test='equivariance', row='tev_motion'),)
bars = [
    dict(
        title='Motion benchmark: unseen subjects',
        figures=('nn1', 'svm', 'which_way', 'kinds', 'kinds_svm'),
    )
]
