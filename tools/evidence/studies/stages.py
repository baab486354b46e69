"""Where in the network which way something moves is known, after the paper's tasks and others."""

_base_ = ['way.py']
title = 'Where does the network know which way something moves?'
larger = {'train_dataloader.dataset.pipeline.0.size': 48}  # the size of the tests
rows = dict(
    _delete_=True,
    tev_motion=dict(weights='way/tev_motion'),
    all=dict(train='configs/studies/motion/tev_r3d10.py', options=larger),
    distinctive=dict(train='configs/studies/motion/distinctive_r3d10.py', options=larger),
    random=dict(),
)
config = 'configs/studies/motion/evaluate-motion_r3d10.py'
tests = dict(
    _delete_=True,
    stage1=dict(config=config, options={'model.backbone.summary': ((1, 'space'),)}),
    stage2=dict(config=config, options={'model.backbone.summary': ((2, 'space'),)}),
    stage3=dict(config=config),
    stage4=dict(config=config, options={'model.backbone.summary': ((4, 'space'),)}),
)
figures = dict(_delete_=True)
for test in tests:
    if test != '_delete_':
        name = f'stage {test[-1]}'
        for metric, result, label in (
            ('ChiralityMetric', 'which_way', 'which way'),
            ('ChiralityMetric', 'opposites', 'opposites'),
            ('LinearProbeMetric', 'top1', 'linear SVM'),
        ):
            figures[f'{test}_{result}'] = dict(
                test=test, metric=metric, result=result, label=f'{name}: {label}, %'
            )
matrices = ()
bars = [
    dict(title=title, figures=[name for name in figures if name.endswith(result)])
    for title, result in (
        ('Which way, where the nearest video is of the right kind', 'which_way'),
        ('Twelve motions, linear SVM', 'top1'),
    )
]
