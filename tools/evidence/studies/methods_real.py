"""The best methods of the study ``methods`` on real clips: trained there, or on generated clips.

The five best, by its figures on generated clips: GDT with sound, CoCLR's flow stream, XDC, MIL-NCE
and GDT; then the rival and tubelet contrast, the next best that see RGB only. Most real clips have
no sound, and none has sentences, so GDT with sound, XDC and MIL-NCE are trained on generated ones.
"""

_base_ = ['real.py']
from method_rows import BY_ITERATION, SAMPLER, method, training

title = 'The best methods on real video'
prepare = [
    *_base_.prepare,
    _base_.tracks,
]
REAL = dict(videos=540)  # those of train_all.txt
# Short videos: 8 frames leave room for a second clip, as in the study real.
short = {
    'train_dataloader.dataset.ann_file': 'train_all.txt',
    'train_dataloader.dataset.pipeline.0.size': 48,
    'train_dataloader.dataset.pipeline.0.area_range': (0.7, 1.0),
    f'{SAMPLER}.clip_len': 8,
}
flow_stream = {  # what a network of optical flow is tested with
    test: f'configs/studies/real/{name}_r3d10.py'
    for test, name in dict(
        gestures='gestures-flow-stream',
        reversed='gestures-flow-stream-reversed',
        weizmann='weizmann-flow-stream',
        jhmdb='jhmdb-flow-stream',
        jhmdb_reversed='jhmdb-flow-stream-reversed',
    ).items()
}
with_speeds = {**short, f'{SAMPLER}.speeds': (1, 2, 4), 'model.heads.speed.speeds': (1, 2, 4)}
rows = dict(
    _delete_=True,
    flow=_base_.rows.flow,
    appearance=_base_.rows.appearance,
    **{
        f'generated_{name}': dict(weights=f'methods/{name}')
        for name in (
            *('supervised', 'tev', 'tev_motion'),
            *('gdt_audio', 'xdc', 'milnce', 'gdt', 'rival'),
        )
    },
    generated_tubelets=dict(weights='methods/tubelets_balanced'),
    generated_coclr_infonce_flow=dict(weights='methods/coclr_infonce_flow', configs=flow_stream),
    real_tev=training('studies/real/tev_r3d10', 2, **REAL, **with_speeds),
    real_tev_motion=training(
        'studies/real/tev-motion_r3d10',
        2,
        **REAL,
        **with_speeds,
        **{'model.feature_dim': 256},  # of half as many frames
    ),
    real_gdt=method('gdt', 4, **REAL, **short, **{f'{SAMPLER}.speeds': (2,)}),
    real_coclr_infonce_flow=method(
        'coclr-infonce-flow',
        2,
        dict(configs=flow_stream),
        **REAL,
        **short,
        **{f'{SAMPLER}.speeds': (2,)},
    ),
    real_rival=training(
        'studies/real/distinctive_r3d10',
        4,
        **REAL,
        **short,
        **BY_ITERATION,
        **{f'{SAMPLER}.speeds': (1, 2, 4)},
    ),
    real_tubelets=method(
        'tubelets',
        2,
        **REAL,
        **with_speeds,
        **{f'{SAMPLER}.balance_order': True, 'model.heads.instance.loss_weight': 0.1},
    ),
    random=dict(),
    random_flow=dict(configs=flow_stream, random_init=True),
)
bars = [
    dict(title='Gestures', figures=['nn1', 'svm']),
    dict(title='JHMDB-18', figures=['jhmdb_nn1', 'jhmdb_svm']),
]
