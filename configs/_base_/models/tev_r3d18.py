# R3D-18 of Hara et al. with the five tasks of the paper. All weights 1 and the temperature 0.1 are
# our choice: the paper's text does not state them.
model = dict(
    type='TimeEquivariantRecognizer',
    backbone=dict(type='VideoResNet', depth=18),
    feature_dim=512,
    channels_last=True,
    heads=dict(
        equivariance=dict(type='EquivarianceHead', temperature=0.1, loss_weight=1.0),
        instance=dict(type='InstanceHead', temperature=0.1, loss_weight=1.0),
        speed=dict(type='SpeedHead', speeds=(1, 2, 4, 8), loss_weight=1.0),
        direction=dict(type='DirectionHead', loss_weight=1.0),
        order=dict(type='OrderHead', loss_weight=1.0)),
    data_preprocessor=dict(
        type='ClipPairDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW'))
