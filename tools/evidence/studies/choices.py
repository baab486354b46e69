"""What the choices of the motion study are worth: its rows with other losses and other weights."""

_base_ = ['motion.py']
title = 'What the choices are worth, on the generated benchmark'
twice_as_long = {'train_cfg.max_epochs': 120, 'param_scheduler.1.end': 120}
rows = dict(
    _delete_=True,
    instance_weight_1=dict(
        train='configs/motion/tev_r3d10.py', options={'model.heads.instance.loss_weight': 1}
    ),
    instance_weight_003=dict(
        train='configs/motion/tev_r3d10.py', options={'model.heads.instance.loss_weight': 0.03}
    ),
    instance_aux=dict(  # Table 1 (i)
        train='configs/motion/tev_r3d10.py', options={'model.heads.equivariance': None}
    ),
    equivariance_only=dict(  # Table 1 (f)
        train='configs/motion/equi-aux_r3d10.py',
        options={f'model.heads.{task}': None for task in ('speed', 'direction', 'order')},
    ),
    all_2400_steps=dict(train='configs/motion/tev_r3d10.py', options=twice_as_long),
    aux_only_2400_steps=dict(train='configs/motion/aux-only_r3d10.py', options=twice_as_long),
)
tests = dict(
    relative_vectors=dict(rows=('equivariance_only', 'all_2400_steps')),
    tasks=dict(
        rows=('instance_weight_1', 'instance_weight_003', 'equivariance_only', 'all_2400_steps')
    ),
)
matrices = (dict(test='relative_vectors', row='equivariance_only'),)
