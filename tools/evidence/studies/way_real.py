"""Which way things move in real video: motion targets on generated clips, real ones, or both."""

_base_ = ['real.py']
title = 'Which way does it move? Motion targets on real video'
prepare = [
    *_base_.prepare,
    _base_.tracks,
]
rows = dict(
    _delete_=True,
    flow=_base_.rows.flow,
    appearance=_base_.rows.appearance,
    generated=dict(weights='way/tev_motion'),
    generated_5x=dict(weights='way/tev_motion_5x'),
    real=dict(train='configs/studies/real/tev-motion_r3d10.py'),
    generated_then_real=dict(
        train='configs/studies/real/tev-motion_r3d10.py', load_from='way/tev_motion'
    ),
    generated_5x_then_real=dict(
        train='configs/studies/real/tev-motion_r3d10.py', load_from='way/tev_motion_5x'
    ),
    random=dict(),
)
tests = dict(
    gestures=dict(config='configs/studies/real/gestures-motion_r3d10.py'),
    reversed=dict(config='configs/studies/real/gestures-motion-reversed_r3d10.py'),
    weizmann=dict(config='configs/studies/real/weizmann-motion_r3d10.py'),
    jhmdb=dict(config='configs/studies/real/jhmdb-motion_r3d10.py'),
    jhmdb_reversed=dict(config='configs/studies/real/jhmdb-motion-reversed_r3d10.py'),
)
