"""Changes of inherited pipelines, by the types of their steps instead of their positions.

In a config::

    _base_ = ['tev_r3d18_ucf101.py']
    from tev_mmaction import change_steps

    train_pipeline = change_steps(_base_.train_pipeline, ClipFlip=dict(flip_ratio=0.0))
    train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

The import stands below ``_base_``: above it, mmengine takes the file for a config in its
pure-Python style. A config that is written to a file (``Config.dump``) has the result alone.
"""

from typing import Any, Dict, List, Sequence

Step = Dict[str, Any]


def change_steps(pipeline: Sequence[Step], **changes: Step) -> List[Step]:
    """Copy of a pipeline in which some steps have other arguments.

    Args:
        pipeline (Sequence[dict]): The steps, each with its ``type``. It is not changed.
        **changes (dict): Arguments by the type of the step that gets them. Other arguments of
            the step stay.

    Raises:
        ValueError: If the pipeline has no step of a type, or several.

    Example:
        >>> change_steps([dict(type='VideoDecode'), dict(type='Flip', p=1)], Flip=dict(p=0))
        [{'type': 'VideoDecode'}, {'type': 'Flip', 'p': 0}]
    """
    for name in changes:
        _place(pipeline, name)
    return [dict(step, **changes.get(step['type'], {})) for step in pipeline]


def insert_step(pipeline: Sequence[Step], step: Step, before: str) -> List[Step]:
    """Copy of a pipeline with one more step.

    Args:
        pipeline (Sequence[dict]): The steps, each with its ``type``. It is not changed.
        step (dict): The new step.
        before (str): Type of the step that follows it.

    Raises:
        ValueError: If the pipeline has no step of that type, or several.

    Example:
        >>> insert_step([dict(type='VideoDecode')], dict(type='VideoInit'), before='VideoDecode')
        [{'type': 'VideoInit'}, {'type': 'VideoDecode'}]
    """
    place = _place(pipeline, before)
    return [*pipeline[:place], step, *pipeline[place:]]


def _place(pipeline: Sequence[Step], name: str) -> int:
    """Position of the only step of a type."""
    types = [step['type'] for step in pipeline]
    if types.count(name) != 1:
        raise ValueError(
            f'the pipeline has {types.count(name) or "no"} steps {name}, one is expected; its '
            f'steps are {", ".join(types)}'
        )
    return types.index(name)
