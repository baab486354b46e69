"""What the choices of the motion study are worth: other losses, other weights, other groups."""

_base_ = ['motion.py']
title = 'What the choices are worth, on the generated benchmark'
rows = dict(
    _delete_=True,
    flow=dict(
        configs=dict(
            features='configs/studies/motion/flow.py', kinds='configs/studies/motion/flow-kinds.py'
        ),
        data_root='data/motion',
    ),
    instance_weight_1=dict(
        train='configs/studies/motion/tev_r3d10.py', options={'model.heads.instance.loss_weight': 1}
    ),
    instance_weight_003=dict(
        train='configs/studies/motion/tev_r3d10.py',
        options={'model.heads.instance.loss_weight': 0.03},
    ),
    instance_aux=dict(  # Table 1 (i)
        train='configs/studies/motion/tev_r3d10.py', options={'model.heads.equivariance': None}
    ),
    equivariance_only=dict(  # Table 1 (f)
        train='configs/studies/motion/equi-aux_r3d10.py',
        options={f'model.heads.{task}': None for task in ('speed', 'direction', 'order')},
    ),
    equivariance_weight_03=dict(
        train='configs/studies/motion/tev_r3d10.py',
        options={'model.heads.equivariance.loss_weight': 0.3},
    ),
    groups_of_4=dict(
        train='configs/studies/motion/tev_r3d10.py',
        options={'train_dataloader.dataset.group_size': 4},
    ),
    aux_only_groups_of_4=dict(
        train='configs/studies/motion/aux-only_r3d10.py',
        options={'train_dataloader.dataset.group_size': 4},
    ),
)
tests = dict(
    relative_vectors=dict(rows=('equivariance_only',)),
    tasks=dict(
        rows=(
            'instance_weight_1',
            'instance_weight_003',
            'equivariance_only',
            'equivariance_weight_03',
            'groups_of_4',
        )
    ),
)
matrices = (dict(test='relative_vectors', row='equivariance_only'),)
