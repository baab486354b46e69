"""The ablation that the paper rests on (Table 1, Figure 5), on the generated motion benchmark."""

title = 'Does it learn motion? The generated benchmark'
prepare = [
    dict(
        makes='data/motion/manifest.csv',
        command='tools/data/make_motion_clips.py data/motion --set benchmark',
    ),
    dict(  # the same pixels, read without decoding
        makes='data/motion_cache/video_cache.json',
        command='tools/data/cache_videos.py data/motion data/motion_cache --format memmap '
        '--lists train.txt test.txt',
    ),
    dict(
        makes='data/motion/test_kinds.txt',
        command='tools/evidence/motion_kinds.py data/motion',
    ),
    dict(
        makes='data/motion_cache/test_kinds.txt',
        command='tools/evidence/motion_kinds.py data/motion_cache',
    ),
]
tracks = dict(
    makes='data/motion/motion_tracks.npz',
    command='tools/data/motion_tracks.py data/motion/train.txt data/motion/motion_tracks.npz',
)  # for studies with motion targets
data_root = 'data/motion_cache'
seeds = (0, 1, 2)
rows = dict(
    flow=dict(  # of the files: a cache has no luma
        configs=dict(
            features='configs/studies/motion/flow.py', kinds='configs/studies/motion/flow-kinds.py'
        ),
        data_root='data/motion',
    ),
    appearance=dict(
        configs=dict(
            features='configs/studies/motion/appearance.py',
            kinds='configs/studies/motion/appearance-kinds.py',
        )
    ),
    supervised=dict(train='configs/studies/motion/supervised_r3d10.py'),
    all=dict(train='configs/studies/motion/tev_r3d10.py'),
    instance_only=dict(train='configs/studies/motion/instance-only_r3d10.py'),
    aux_only=dict(train='configs/studies/motion/aux-only_r3d10.py'),
    equi_aux=dict(train='configs/studies/motion/equi-aux_r3d10.py'),
    spatial_only=dict(train='configs/studies/motion/spatial-only_r3d10.py'),
    distinctive=dict(train='configs/studies/motion/distinctive_r3d10.py'),
    random=dict(),
)
tests = dict(
    features=dict(config='configs/studies/motion/evaluate_r3d10.py'),
    kinds=dict(config='configs/studies/motion/evaluate-kinds_r3d10.py'),
    equivariance=dict(config='configs/studies/motion/equivariance_r3d10.py'),
    relative_vectors=dict(
        config='configs/studies/motion/relative-vectors_r3d10.py', rows=('all', 'equi_aux')
    ),
    tasks=dict(config='configs/studies/motion/tasks_r3d10.py', rows=('all', 'equi_aux')),
)
figures = dict(
    nn1=dict(test='features', metric='RetrievalMetric', result='nn1', label='1-NN, %'),
    r5=dict(test='features', metric='RetrievalMetric', result='R@5', label='R@5, %'),
    svm=dict(test='features', metric='LinearProbeMetric', result='top1', label='linear SVM, %'),
    which_way=dict(
        test='features', metric='ChiralityMetric', result='which_way', label='which way, %'
    ),
    opposites=dict(
        test='features',
        metric='ChiralityMetric',
        result='opposites',
        label='opposites, SVM, %',
    ),
    kinds=dict(test='kinds', metric='RetrievalMetric', result='nn1', label='1-NN of 7 kinds, %'),
    kinds_svm=dict(test='kinds', metric='LinearProbeMetric', result='top1', label='SVM, kinds, %'),
    shift=dict(
        test='equivariance', metric='EquivarianceMetric', result='shift_r2', label='shift, R² × 100'
    ),
    speed=dict(
        test='equivariance', metric='EquivarianceMetric', result='speed_r2', label='speed, R² × 100'
    ),
    direction=dict(
        test='equivariance',
        metric='EquivarianceMetric',
        result='direction_acc',
        label='direction, %',
    ),
    equivariance=dict(
        test='tasks',
        metric='TaskMetric',
        result='acc_equivariance',
        label='equivariance top-1 on unseen videos, %',
    ),
)
matrices = (
    dict(test='equivariance', row='random'),
    dict(test='equivariance', row='instance_only'),
    dict(test='relative_vectors', row='all'),
)
