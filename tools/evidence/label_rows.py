"""What studies of fine-tuning with few labels share: rows, tests, figures and lines."""

from typing import Any, Dict, Optional, Sequence

FROM_SCRATCH = {
    'load_from': None,
    'custom_hooks': [],
    'model.backbone.norm_eval': False,
    'optim_wrapper.paramwise_cfg.custom_keys.backbone.lr_mult': 1.0,
}


def few_labels(
    begins: Dict[str, Optional[str]],
    lists: Dict[Any, str],
    epochs: Dict[Any, int],
    configs: Dict[str, str],
    flow_root: str,
    longer: int = 1,
) -> Dict[str, Any]:
    """Fine-tuned rows by numbers of labels, and rows of frozen features with an SVM.

    Args:
        begins (dict[str, str | None]): Where trainings begin, by the names of the rows: weights as
            a study names them; None: from scratch.
        lists (dict): Training lists, by the number of labels.
        epochs (dict): Epochs of a training, by the number of labels.
        configs (dict[str, str]): Those to ``train``, and for an ``svm`` on features and on
            ``flow``.
        flow_root (str): Folder of the videos for flow.
        longer (int): How many times longer a training from scratch is. Defaults to 1.

    Returns:
        dict: ``rows``, ``tests``, ``figures``, and the ``series`` of ``lines``.
    """
    frozen = [name for name, weights in begins.items() if weights is not None]
    rows: Dict[str, Any] = dict(
        _delete_=True,
        flow=dict(
            configs={f'svm_{number}': configs['flow'] for number in lists}, data_root=flow_root
        ),
        **{name: dict(weights=begins[name]) for name in frozen},
    )
    for name, weights in begins.items():
        for number, file in lists.items():
            length = epochs[number] * (longer if weights is None else 1)
            options: Dict[str, Any] = {
                'train_dataloader.dataset.ann_file': file,
                'train_cfg.max_epochs': length,
                'train_cfg.val_interval': length,
                'param_scheduler.1.end': length,
            }
            row = dict(train=configs['train'], options=options)
            if weights is None:
                options.update(FROM_SCRATCH)
            else:
                row.update(load_from=weights)
            rows[f'{name}_{number}'] = row
    tuned = [f'{name}_{number}' for name in begins for number in lists]
    tests = {
        '_delete_': True,
        'accuracy': dict(config=configs['train'], rows=tuned),
        **{
            f'svm_{number}': dict(
                config=configs['svm'],
                options={'test_dataloader.dataset.gallery_ann_file': file},
                rows=['flow', *frozen],
            )
            for number, file in lists.items()
        },
    }
    figures = dict(
        _delete_=True,
        accuracy=dict(test='accuracy', metric='AccMetric', result='top1', label='fine-tuned, %'),
        **{
            f'svm_{number}': dict(
                test=f'svm_{number}',
                metric='LinearProbeMetric',
                result='top1',
                label=f'SVM, {number} labels, %',
            )
            for number in lists
        },
    )
    return dict(rows=rows, tests=tests, figures=figures, series=series(begins, frozen, list(lists)))


def series(
    begins: Dict[str, Optional[str]], frozen: Sequence[str], labels: Sequence[Any]
) -> Dict[str, list]:
    """Rows and figures at each number of labels, by the names of the lines."""
    return {
        **{
            f'{name}, fine-tuned': [(f'{name}_{number}', 'accuracy') for number in labels]
            for name in begins
        },
        **{
            f'{name}, SVM': [(name, f'svm_{number}') for number in labels]
            for name in ('flow', *frozen)
        },
    }
