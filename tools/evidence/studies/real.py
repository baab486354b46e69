"""The same comparison on real video: trained on real clips, on generated ones, or on both."""

title = 'Real video: gestures in unseen places, actions of unseen persons'
lists = ' '.join(
    f'{name}.txt'
    for name in (
        *('train', 'train_all', 'train_dev'),
        *(
            f'{data}_{part}'
            for data in ('gestures', 'weizmann', 'jhmdb')
            for part in ('train', 'test')
        ),
        *(f'{data}_dev_{part}' for data in ('gestures', 'jhmdb') for part in ('train', 'test')),
    )
)
prepare = [
    dict(makes='data/real/train_dev.txt', command='tools/evidence/real_clips.py data/real'),
    dict(
        makes='data/real_cache/train_dev.txt',
        command='tools/data/cache_videos.py data/real data/real_cache --format memmap '
        f'--short-side 72 --lists {lists}',
    ),
]
tracks = dict(
    makes='data/real/motion_tracks.npz',
    command='tools/data/motion_tracks.py data/real/train_all.txt data/real/motion_tracks.npz',
)  # for studies with motion targets
data_root = 'data/real_cache'
seeds = (0, 1, 2)
twice_as_long = {'train_cfg.max_epochs': 600, 'param_scheduler.1.end': 600}
rows = dict(
    flow=dict(  # of the files: a cache has no luma
        configs=dict(
            gestures='configs/studies/real/flow-gestures.py',
            reversed='configs/studies/real/flow-gestures-reversed.py',
            weizmann='configs/studies/real/flow-weizmann.py',
            jhmdb='configs/studies/real/flow-jhmdb.py',
            jhmdb_reversed='configs/studies/real/flow-jhmdb-reversed.py',
        ),
        data_root='data/real',
    ),
    appearance=dict(
        configs=dict(
            gestures='configs/studies/real/appearance-gestures.py',
            weizmann='configs/studies/real/appearance-weizmann.py',
            jhmdb='configs/studies/real/appearance-jhmdb.py',
        ),
        data_root='data/real',
    ),
    all=dict(train='configs/studies/real/tev_r3d10.py'),
    instance_only=dict(train='configs/studies/real/instance-only_r3d10.py'),
    aux_only=dict(train='configs/studies/real/aux-only_r3d10.py'),
    equi_aux=dict(train='configs/studies/real/equi-aux_r3d10.py'),
    spatial_only=dict(train='configs/studies/real/spatial-only_r3d10.py'),
    distinctive=dict(train='configs/studies/real/distinctive_r3d10.py'),
    all_instance_weight_003=dict(
        train='configs/studies/real/tev_r3d10.py',
        options={'model.heads.instance.loss_weight': 0.03},
    ),
    equi_aux_1200_steps=dict(train='configs/studies/real/equi-aux_r3d10.py', options=twice_as_long),
    generated_all=dict(weights='motion/all'),
    generated_instance_only=dict(weights='motion/instance_only'),
    generated_aux_only=dict(weights='motion/aux_only'),
    generated_equi_aux=dict(weights='motion/equi_aux'),
    generated_spatial_only=dict(weights='motion/spatial_only'),
    generated_distinctive=dict(weights='motion/distinctive'),
    generated_then_real=dict(
        train='configs/studies/real/from-generated_r3d10.py', load_from='motion/all'
    ),
    random=dict(),
)
tests = dict(
    gestures=dict(config='configs/studies/real/gestures_r3d10.py'),
    reversed=dict(config='configs/studies/real/gestures-reversed_r3d10.py'),
    weizmann=dict(config='configs/studies/real/weizmann_r3d10.py'),
    jhmdb=dict(config='configs/studies/real/jhmdb_r3d10.py'),
    jhmdb_reversed=dict(config='configs/studies/real/jhmdb-reversed_r3d10.py'),
)
figures = dict(
    nn1=dict(test='gestures', metric='RetrievalMetric', result='nn1', label='gestures 1-NN, %'),
    svm=dict(test='gestures', metric='LinearProbeMetric', result='top1', label='gestures SVM, %'),
    which_way=dict(
        test='gestures', metric='ChiralityMetric', result='which_way', label='which way, %'
    ),
    opposites=dict(
        test='gestures',
        metric='ChiralityMetric',
        result='opposites',
        label='opposites, SVM, %',
    ),
    reversed_nn1=dict(
        test='reversed', metric='RetrievalMetric', result='nn1', label='reversed: 1-NN, %'
    ),
    reversed_svm=dict(
        test='reversed', metric='LinearProbeMetric', result='top1', label='reversed: SVM, %'
    ),
    weizmann_nn1=dict(
        test='weizmann', metric='RetrievalMetric', result='nn1', label='Weizmann 1-NN, %'
    ),
    weizmann_svm=dict(
        test='weizmann', metric='LinearProbeMetric', result='top1', label='Weizmann SVM, %'
    ),
    jhmdb_nn1=dict(test='jhmdb', metric='RetrievalMetric', result='nn1', label='JHMDB-18 1-NN, %'),
    jhmdb_svm=dict(
        test='jhmdb', metric='LinearProbeMetric', result='top1', label='JHMDB-18 SVM, %'
    ),
    jhmdb_opposites=dict(
        test='jhmdb',
        metric='ChiralityMetric',
        result='opposites',
        label='sit against stand, SVM, %',
    ),
    jhmdb_reversed_nn1=dict(
        test='jhmdb_reversed',
        metric='RetrievalMetric',
        result='nn1',
        label='JHMDB-18 reversed: 1-NN, %',
    ),
    jhmdb_reversed_svm=dict(
        test='jhmdb_reversed',
        metric='LinearProbeMetric',
        result='top1',
        label='JHMDB-18 reversed: SVM, %',
    ),
)
