"""Every method on the motion benchmark: equal steps, clips a step, network and augmentation.

In a row ``_far``, clips are faster than in the paper of the method, or speeds differ more. With the
paper's speeds, the tasks of those rows are not learned (see the study ``methods_tried``). In a row
``_balanced``, the three orders of two clips are drawn equally often, as in the row ``tev``;
otherwise, three quarters of the pairs overlap. In a row ``_halves``, the speed changes once in a
clip, and not three times as in the config of the method.
"""

_base_ = ['motion.py']
from method_rows import BY_ITERATION, SAMPLER, changed, method, training

title = 'Which method learns motion? The generated benchmark'

prepare = [
    *_base_.prepare,
    dict(  # the same pictures, with sound
        makes='data/motion_sound/manifest.csv',
        command='tools/data/make_motion_clips.py data/motion_sound --set benchmark --sound',
    ),
    dict(  # the same pictures, with what is said
        makes='data/motion_text/manifest.csv',
        command='tools/data/make_motion_clips.py data/motion_text --set benchmark --text',
    ),
    dict(
        makes='data/motion_text/vocabulary.txt',
        command='tools/data/make_vocabulary.py data/motion_text/train.txt '
        'data/motion_text/vocabulary.txt --narrations data/motion_text/narrations.jsonl',
    ),
    _base_.tracks,
]
# Where the task leaves the speed free, and the frames suffice, it is that of the tests.
as_tested = {f'{SAMPLER}.speed': 4}
all_as_tested = {f'{SAMPLER}.speeds': (4,)}
fitting = {f'{SAMPLER}.speeds': (1, 2, 4), 'model.heads.speed.speeds': (1, 2, 4)}
balanced = {f'{SAMPLER}.balance_order': True}
with_paper = {**fitting, **balanced, 'model.heads.instance.loss_weight': 0.1}  # as the row tev
alone = {
    f'model.heads.{task}': None
    for task in ('equivariance', 'instance', 'speed', 'direction', 'order')
}
OTHER = 'model.heads.instance.other'
flow_stream = dict(  # what a network of optical flow is tested with
    features='configs/studies/motion/evaluate-flow-stream_r3d10.py',
    kinds='configs/studies/motion/evaluate-flow-stream-kinds_r3d10.py',
)
residual = {  # what a network of residual frames is tested with
    'model.data_preprocessor.type': 'ClipPairDataPreprocessor',
    'model.data_preprocessor.residual': True,
}


def with_sound(head):
    """Changes of a method with sound: where the sound is, and a small network for it."""
    return {
        'train_dataloader.dataset.pipeline.2.root': 'data/motion_sound',
        f'model.heads.{head}.audio_channels': 128,
        **{
            f'model.heads.{head}.encoder.{key}': value
            for key, value in dict(
                type='mmaction.ResNet',
                depth=18,
                in_channels=1,
                pretrained=None,
                num_stages=2,
                strides=(1, 2),
                dilations=(1, 1),
                out_indices=(1,),
            ).items()
        },
    }


one_crop = {'train_dataloader.dataset.pipeline.0.area_range': (0.7, 1.0)}
# With the speeds or draws of their papers: rows of methods_tried.
vcop = method('vcop', 3, **one_crop)
var_psp = method('var-psp', 4, **one_crop)
rspnet = method('rspnet', 4, **one_crop)
overlap_order = method('overlap-order', 2, **one_crop, **{f'{SAMPLER}.speeds': (1, 2, 4)})
no_more_shortcuts = method('no-more-shortcuts', 2, **one_crop)
rspnet_less_instance = changed(rspnet, **{'model.heads.instance.loss_weight': 0.1})  # as in tev
rows = dict(
    _delete_=True,
    flow=_base_.rows.flow,
    supervised=training('studies/motion/supervised_r3d10', 1),
    tev=training('studies/motion/tev_r3d10', 2),
    tev_motion=training(  # at the size of the others
        'studies/motion/tev-motion_r3d10', 2, **{'train_dataloader.dataset.pipeline.0.size': 32}
    ),
    rival=training('studies/motion/distinctive_r3d10', 4, **BY_ITERATION),
    shuffle_and_learn=method('shuffle-and-learn', 3, **one_crop),
    opn=method('opn', 4, **one_crop),
    odd_one_out=method('odd-one-out', 6, **one_crop, **as_tested),
    buechler=method('buechler', 8),
    rotation=method('rotation', 4, **one_crop, **all_as_tested),
    st_puzzle=method('st-puzzle', 4),
    vcop_far=changed(vcop, **{f'{SAMPLER}.speed': 2, f'{SAMPLER}.interval': 0}),
    vcp=method('vcp', 3, **one_crop),
    arrow_of_time=method('arrow-of-time', 1, **one_crop, **all_as_tested),
    arrow_of_time_residual=method(
        'arrow-of-time-residual', 1, dict(test_options=residual), **one_crop, **all_as_tested
    ),
    speednet=method('speednet', 2, **one_crop),
    pace=method('pace', 2, **one_crop),
    sts=method('sts', 1, **one_crop, **all_as_tested),
    playback=method(
        'playback',
        4,
        **one_crop,
        **fitting,
    ),
    prp=method(
        'prp',
        1,
        **one_crop,
        **{f'{SAMPLER}.speeds': (1, 2, 3), 'model.heads.speed.speeds': (1, 2, 3)},
    ),
    rspnet_far=changed(rspnet_less_instance, **{f'{SAMPLER}.speeds': (1, 4)}),
    var_psp_far=changed(var_psp, **{f'{SAMPLER}.velocities': (-4, -1, 1, 4)}),
    overlap_order_balanced=changed(overlap_order, **balanced),
    cvrl=method('cvrl', 2, **one_crop, **as_tested),
    moco=method('moco', 2, **one_crop, **as_tested),
    byol=method('byol', 2, **one_crop, **as_tested),
    swav=method('swav', 2, **one_crop, **as_tested),
    pcl=method('pcl', 3, dict(test_options=residual), **one_crop),
    coclr_infonce=method('coclr-infonce', 2, **one_crop, **all_as_tested),
    coclr_infonce_flow=method(
        'coclr-infonce-flow',
        2,
        dict(configs=flow_stream),
        **one_crop,
        **all_as_tested,
    ),
    coclr=method(  # begins with the networks of the two rows before
        'coclr',
        2,
        dict(load_from='methods/coclr_infonce'),
        **one_crop,
        **all_as_tested,
        **{
            f'{OTHER}.backbone.depth': 10,
            f'{OTHER}.backbone.base_channels': 16,
            f'{OTHER}.backbone.stem_kernel': (3, 5, 5),
            f'{OTHER}.feature_dim': 128,
            f'{OTHER}.checkpoint': 'run://methods/coclr_infonce_flow',
        },
    ),
    gdt=method('gdt', 4, **one_crop, **all_as_tested),
    gdt_audio=method(
        'gdt-audio',
        2,
        ending='r3d18_k400',
        **one_crop,
        **all_as_tested,
        **with_sound('audio_visual'),
    ),
    avts=method(  # its first stage, without the network of the original
        'avts',
        2,
        ending='mc3-18_k400',
        **one_crop,
        **all_as_tested,
        **with_sound('synchronisation'),
        **{
            f'{SAMPLER}.num_draws': 2,  # half as many files to read
            'model.backbone.spatial_stages': (),
            'model.backbone.stem_pool': True,
            'model.backbone.shortcut': 'A',
        },
    ),
    xdc=method(
        'xdc',
        1,
        ending='r3d18_k400',
        **one_crop,
        **all_as_tested,
        **with_sound('clusters'),
        **{'model.heads.clusters.num_clusters': 64, 'custom_hooks.3.interval': 10},
    ),
    milnce=training(
        'studies/motion/milnce_r3d10',
        1,
        **{
            f'{SAMPLER}.clip_len': 16,
            'model.heads.text.text_encoder.vocabulary': 'data/motion_text/vocabulary.txt',
            'train_dataloader.dataset.pipeline.0.vocabulary': 'data/motion_text/vocabulary.txt',
            'train_dataloader.dataset.pipeline.0.narrations': 'data/motion_text/narrations.jsonl',
        },
    ),
    tclr=method(
        'tclr',
        9,
        dict(
            test_options={  # its map keeps time: see the config
                'model.backbone.dilated_last': True,
                'model.backbone.stem_pool': False,
                'model.backbone.shortcut': 'B',
            }
        ),
        **one_crop,
    ),
    videodim=method(
        'videodim',
        2,
        **one_crop,
        **{'model.feature_dim': 192, 'model.heads.layers.widths': (64, 128)},
    ),
    dpc=method('dpc', 8, **one_crop, **{f'{SAMPLER}.speed': 2}),
    memdpc=method('memdpc', 8, **one_crop, **{f'{SAMPLER}.speed': 2}),
    no_more_shortcuts_halves=changed(no_more_shortcuts, **{f'{SAMPLER}.num_pieces': 2}),
    predictive_balanced=method('predictive', 2, **one_crop, **with_paper),
    predictive_alone=method('predictive', 2, **one_crop, **fitting, **alone),
    tubelets_balanced=method('tubelets', 2, **one_crop, **with_paper),
    tubelets_alone=method('tubelets', 2, **one_crop, **fitting, **alone),
    cbt=method('cbt', 4, **one_crop, **{f'{SAMPLER}.speed': 1}),
    random=dict(),
    random_residual=dict(test_options=residual),
    random_flow=dict(configs=flow_stream, random_init=True),
)
tests = {
    '_delete_': True,
    **{name: _base_.tests[name] for name in ('features', 'kinds', 'equivariance')},
}
figures = {name: each for name, each in _base_.figures.items() if each['test'] in tests}
figures['_delete_'] = True
matrices = ()
bars = [
    dict(title='Twelve motions', figures=['nn1', 'svm']),
    dict(title='Which way', figures=['which_way']),
]
