"""Refuses tests with missing weights, and logs missing weights in training."""

from typing import Dict, List, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from torch import Tensor, nn

from ...models.backbone_weights import (
    BACKBONE,
    COUNTER,
    find_backbone,
    first,
    make_loadable,
    shape,
    tensors_of,
)
from ..divided import unwrapped, whole_state
from .backbone_weights_hook import BackboneWeightsHook, source_of


@HOOKS.register_module()
class LoadedWeightsHook(Hook):
    """Compares a checkpoint with the whole model, before Runner loads what fits of it.

    - A test, or a validation alone, needs all tested weights: figures of a randomly initialised
      classifier mean nothing. Modules that a model does not use in tests (``training_only``,
      such as the heads of a pre-training) may be missing, unless the loop or a metric says that it
      needs them (``tests_heads``); the log names them.
    - A resumed run needs the whole model, and nothing else.
    - A training may start from parts: the log names the tensors that keep their initial values.

    A classifier whose ``in_channels`` do not match the backbone is refused in the first
    forward pass, with the right number.

    Tensors of the checkpoint that the model lacks are counted in the log and ignored. This also
    avoids mmengine's warning about names that "do not match exactly" if nothing is wrong.

    Raises:
        ValueError: When loading, with the tensors that are missing or have another shape.
    """

    # After BackboneWeightsHook, which has better messages for backbones; before EMAHook loads
    # again.
    priority = 'HIGH'

    def before_run(self, runner: Runner) -> None:
        """Check the first inputs of the classifier."""
        model = unwrapped(runner.model)
        classifier = getattr(getattr(model, 'cls_head', None), 'fc_cls', None)
        if isinstance(classifier, nn.Linear):

            def check_once(module: nn.Linear, args: Tuple[Tensor]) -> None:
                handle.remove()
                _check_inputs(module, args[0])

            handle = classifier.register_forward_pre_hook(check_once)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare names and shapes; the weights are not in the model yet."""
        model, own = unwrapped(runner.model), whole_state(runner.model)
        _find_weights(own, checkpoint)
        state = checkpoint.get('state_dict', checkpoint)
        keys = {key[len('module.') :] if key.startswith('module.') else key: key
                for key in tensors_of(state)}  # fmt: skip
        misfits = [n for n in own if n in keys and state[keys[n]].shape != own[n].shape]
        missing = [n for n in own if n not in keys and not n.endswith(COUNTER)]
        surplus = [name for name in keys if name not in own]

        shapes = [f'{n} {shape(state[keys[n]])} for {shape(own[n])}' for n in misfits]
        source = source_of(runner)
        training = isinstance(runner._train_loop, BaseLoop)
        if training and runner._resume:
            if missing or misfits or surplus:
                raise ValueError(
                    f'{source} is not a checkpoint of this run: {_counts(missing, shapes)}; '
                    f'{len(surplus)} are not in the model{first(surplus)}. Resume with the config '
                    'that wrote it, or start anew from its weights with load_from and without '
                    'resume'
                )
        elif not training:
            self._refuse(runner, model, source, missing, dict(zip(misfits, shapes)))

        self._say(runner, source, missing, shapes, surplus)
        for name in surplus:
            del state[keys[name]]
        for name in (*missing, *misfits):
            state[keys.get(name, name)] = own[name]  # keeps its value

    @staticmethod
    def _refuse(
        runner: Runner, model: nn.Module, source: str, missing: List[str], misfits: Dict[str, str]
    ) -> None:
        unused = _unused(runner, model)
        missing = [name for name in missing if not name.startswith(unused)]
        shapes = [text for name, text in misfits.items() if not name.startswith(unused)]
        if not (missing or shapes):
            return
        parts = sorted({text.partition('.')[0] for text in (*missing, *shapes)})
        raise ValueError(
            f'{source} does not have all that is tested: of {", ".join(parts)}, '
            f'{_counts(missing, shapes)}. What is not loaded would be tested as it was drawn. Give '
            'a checkpoint of a run of this config (of a fine-tuning, if it tests a classifier), or '
            'set what differs, such as model.cls_head.num_classes'
        )

    @staticmethod
    def _say(
        runner: Runner, source: str, missing: List[str], shapes: List[str], surplus: List[str]
    ) -> None:
        if missing or shapes:
            runner.logger.warning(
                f'not loaded from {source}, and with their initial values: '
                f'{_counts(missing, shapes)}'
            )
        if surplus:
            parts = sorted({name.partition('.')[0] for name in surplus})
            runner.logger.info(
                f'{len(surplus)} tensors of {source} are not in this model, and not used: '
                f'{", ".join(parts)}'
            )


def _find_weights(own: Dict[str, Tensor], checkpoint: dict) -> None:
    """Move weights to the keys that Runner reads, by the names of the backbone."""
    backbone = {n[len(BACKBONE) :]: each for n, each in own.items() if n.startswith(BACKBONE)}
    fit = find_backbone(checkpoint, backbone)
    if fit.keys:
        make_loadable(checkpoint, backbone, fit)


def _check_inputs(classifier: nn.Linear, inputs: Tensor) -> None:
    if inputs.shape[-1] != classifier.in_features:
        raise ValueError(
            f'model.cls_head.in_channels={classifier.in_features} does not fit the backbone, which '
            f'gives {inputs.shape[-1]} channels: set model.cls_head.in_channels={inputs.shape[-1]}'
        )


def _unused(runner: Runner, model: nn.Module) -> Tuple[str, ...]:
    """Prefixes of tensors that may be missing in a test."""
    loop = runner._test_loop if isinstance(runner._test_loop, BaseLoop) else runner._val_loop
    testers = (loop, *getattr(getattr(loop, 'evaluator', None), 'metrics', ()))
    all_tested = any(getattr(each, 'tests_heads', False) for each in testers)
    names = () if all_tested else getattr(model, 'training_only', ())
    if any(isinstance(hook, BackboneWeightsHook) for hook in runner.hooks):
        names = (*names, 'backbone')  # compared by BackboneWeightsHook as configured
    return tuple(f'{name}.' for name in names)


def _counts(missing: List[str], shapes: List[str]) -> str:
    return (
        f'{len(missing)} tensors are missing{first(missing)}, '
        f'{len(shapes)} have another shape{first(shapes)}'
    )
