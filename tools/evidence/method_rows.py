"""Rows of the studies that compare methods: equal steps, clips a step, network and augmentation."""

from typing import Any, Dict, Optional

STEPS, CLIPS = 600, 96  # of a training; of a step
RATE = 1e-3
SAMPLER = 'train_dataloader.dataset.clip_sampler'
_IN_EPOCHS = (
    'train_cfg.max_epochs',
    'param_scheduler.0.end',
    'param_scheduler.1.begin',
    'param_scheduler.1.end',
    'default_hooks.checkpoint.interval',
)
BY_ITERATION = {  # for a config whose schedule counts iterations
    'param_scheduler.0.end': STEPS // 20,
    'param_scheduler.1.begin': STEPS // 20,
    'param_scheduler.1.end': STEPS,
}


def training(
    config: str,
    clips: int,
    further: Optional[dict] = None,
    videos: int = 960,
    **changes: Any,
) -> Dict[str, Any]:
    """The row of a training with so many clips of a video.

    Numbers of epochs are whole, so steps can differ from ``STEPS`` by 7 %; 9 clips of a video make
    90 a step.

    Args:
        config: Path below ``configs``, without its ending.
        clips: Clips of a video.
        further: What the row has beside its training.
        videos: Videos of the training set; 960 are those of the motion benchmark.
        **changes: Options of the row, by their dotted names.
    """
    batch = CLIPS // clips
    epochs = round(STEPS / (videos // batch))
    warm_up = max(1, epochs // 20)
    return dict(
        train=f'configs/{config}.py',
        options={
            'train_dataloader.batch_size': batch,
            'optim_wrapper.optimizer.lr': RATE,
            'train_cfg.max_epochs': epochs,
            'param_scheduler.0.end': warm_up,
            'param_scheduler.1.begin': warm_up,
            'param_scheduler.1.end': epochs,
            'default_hooks.checkpoint.interval': max(1, epochs // 6),
            **changes,
        },
        **(further or {}),
    )


def method(
    config: str,
    clips: int,
    further: Optional[dict] = None,
    ending: str = 'r3d18_ucf101',
    videos: int = 960,
    **changes: Any,
) -> Dict[str, Any]:
    """The row of a config of ``configs/baselines``, with a small network on small pictures.

    Args:
        config: Name of the config, without its ending.
        clips: See :func:`training`.
        further: See :func:`training`.
        ending: Of the name of the config.
        videos: See :func:`training`.
        **changes: What the data and the network ask for, beside what all methods have.
    """
    fitted = {
        'train_dataloader.dataset.ann_file': 'train.txt',
        'train_dataloader.dataset.data_prefix.video': '',
        'train_dataloader.dataset.pipeline.0.size': 32,
        'train_dataloader.dataset.pipeline.1.flip_ratio': 0.0,  # left and right are classes
        'train_dataloader.num_workers': 1,
        'model.backbone.depth': 10,
        'model.backbone.base_channels': 16,
        'model.backbone.stem_kernel': (3, 5, 5),
        'model.feature_dim': 128,
    }
    options = {**fitted, **changes}
    return training(f'baselines/{config}_{ending}', clips, further, videos, **options)


def changed(
    row: Dict[str, Any], times: int = 1, rate: float = RATE, **changes: Any
) -> Dict[str, Any]:
    """A row whose schedule counts epochs, with more steps, another learning rate, or both.

    Args:
        row: See :func:`training`.
        times: So many times as many steps.
        rate: Learning rate at its peak.
        **changes: Further options of the row, by their dotted names.
    """
    options = {
        name: times * value if name in _IN_EPOCHS else value
        for name, value in row['options'].items()
    }
    return {**row, 'options': {**options, 'optim_wrapper.optimizer.lr': rate, **changes}}
