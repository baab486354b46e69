"""Methods that did not learn motion at first: other rates, steps and speeds.

A row without an ending has the speeds and draws of its config; overlap/order has no speed 8, for
which the videos are too short. ``_fast`` is three times the rate, ``_slow`` 0.3 times, ``_long``
three times the steps. In a row ``_far``, clips are faster or frames further apart. ``_short`` are
clips of 8 frames, which leave room for a higher speed. In ``_balanced``, both classes are equally
frequent. In ``_less_instance``, the instance loss has weight 0.1. The settings with which VCOP,
Var. PSP, RSPNet and No More Shortcuts learn in the same steps are rows of ``methods``, and so is
overlap/order with classes that are equally frequent.
"""

_base_ = ['methods.py']
from method_rows import RATE, SAMPLER, changed

title = 'Methods that did not learn motion: other rates, steps and speeds'
seeds = (0,)
short = {f'{SAMPLER}.clip_len': 8, f'{SAMPLER}.speed': 3}
rows = dict(
    _delete_=True,
    vcop=_base_.vcop,
    vcop_fast=changed(_base_.vcop, rate=3 * RATE),
    vcop_slow=changed(_base_.vcop, rate=0.3 * RATE),
    var_psp=_base_.var_psp,
    overlap_order=_base_.overlap_order,
    rspnet=_base_.rspnet,
    rspnet_less_instance=_base_.rspnet_less_instance,
    vcp_far=changed(_base_.rows.vcp, **{f'{SAMPLER}.speed': 2, f'{SAMPLER}.interval': 0}),
    opn_far=changed(_base_.rows.opn, **{f'{SAMPLER}.interval': 28}),
    shuffle_and_learn_balanced=changed(_base_.rows.shuffle_and_learn, **{f'{SAMPLER}.share': 0.5}),
    buechler_far=changed(_base_.rows.buechler, **{f'{SAMPLER}.step': 28}),
    st_puzzle_short=changed(_base_.rows.st_puzzle, **short),
    cbt_short=changed(_base_.rows.cbt, **short),
    no_more_shortcuts=_base_.no_more_shortcuts,
    no_more_shortcuts_far=changed(_base_.no_more_shortcuts, **{f'{SAMPLER}.speeds': (1, 3, 6)}),
    no_more_shortcuts_long=changed(_base_.no_more_shortcuts, times=3),
    no_more_shortcuts_slow=changed(_base_.no_more_shortcuts, rate=0.3 * RATE),
    **{
        f'{name}_fast': changed(_base_.rows[name], rate=3 * RATE)
        for name in ('byol', 'videodim', 'dpc', 'memdpc', 'predictive_alone')
    },
    **{
        f'{name}_long': changed(_base_.rows[name], times=3)
        for name in (
            *('shuffle_and_learn', 'opn', 'byol', 'videodim', 'dpc', 'memdpc', 'vcp'),
            *('tclr', 'cbt', 'predictive_alone', 'rotation', 'prp'),
        )
    },
)
