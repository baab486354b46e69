"""Methods that did not learn motion in the study ``methods``: other rates, steps and speeds.

``_fast`` is three times the learning rate, ``_slow`` 0.3 times, ``_long`` three times the steps. In
a row ``_far``, speeds differ more, clips are faster, or frames further apart. ``_short`` are clips
of 8 frames, which leave room for a higher speed.
"""

_base_ = ['methods.py']
from method_rows import RATE, SAMPLER, changed

title = 'Methods that did not learn motion: other rates, steps and speeds'
seeds = (0,)
at_chance = (  # whose tasks stayed there
    *('shuffle_and_learn', 'opn', 'buechler', 'st_puzzle', 'vcop', 'var_psp'),
    'no_more_shortcuts',
)
by_appearance = (  # whose tasks were learned
    *('vcp', 'byol', 'tclr', 'videodim', 'dpc', 'memdpc', 'predictive_alone', 'cbt'),
)
short = {f'{SAMPLER}.clip_len': 8, f'{SAMPLER}.speed': 3}
rows = dict(
    _delete_=True,
    **{
        f'{name}_fast': changed(_base_.rows[name], rate=3 * RATE)
        for name in (*at_chance, *by_appearance)
    },
    **{f'{name}_slow': changed(_base_.rows[name], rate=0.3 * RATE) for name in at_chance},
    **{f'{name}_long': changed(_base_.rows[name], times=3) for name in at_chance},
    vcop_far=changed(_base_.rows.vcop, **{f'{SAMPLER}.speed': 2, f'{SAMPLER}.interval': 0}),
    vcp_far=changed(_base_.rows.vcp, **{f'{SAMPLER}.speed': 2, f'{SAMPLER}.interval': 0}),
    opn_far=changed(_base_.rows.opn, **{f'{SAMPLER}.interval': 28}),
    buechler_far=changed(_base_.rows.buechler, **{f'{SAMPLER}.step': 28}),
    rspnet_far=changed(_base_.rows.rspnet_less_instance, **{f'{SAMPLER}.speeds': (1, 4)}),
    var_psp_far=changed(_base_.rows.var_psp, **{f'{SAMPLER}.velocities': (-4, -1, 1, 4)}),
    st_puzzle_short=changed(_base_.rows.st_puzzle, **short),
    cbt_short=changed(_base_.rows.cbt, **short),
)
