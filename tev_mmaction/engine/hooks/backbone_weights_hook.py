"""A checkpoint fills the whole backbone it is loaded into, or the run stops."""

import re
from typing import Dict, List, MutableMapping, Optional

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner, find_latest_checkpoint
from torch import Tensor, nn

from ...models.fingerprint import fingerprint

_BACKBONE = re.compile(r'(?:module\.)?backbone\.')  # Runner strips one `module.`
_COUNTER = 'num_batches_tracked'
_CLASSIFIERS = ('fc.', 'classifier.')  # torchvision's names


@HOOKS.register_module()
class BackboneWeightsHook(Hook):
    """Refuses checkpoints that do not fill the backbone, and runs without any checkpoint.

    Names and shapes are compared before Runner loads the weights, the values of the tensors when
    training, validation or testing begins. Batch-norm's ``num_batches_tracked`` counters are not
    counted, as they say nothing about the fit; those that the checkpoint has are compared, too.

    A checkpoint of plain backbone weights, without ``backbone.`` in its keys, is made loadable. A
    classifier ``fc.*`` or ``classifier.*`` beside them, as in torchvision's files, is left alone.

    Weights that ``init_cfg`` or ``pretrained`` bring go unseen: leave the hook out with them.

    Args:
        allow_partial (bool): Warn where a part of the backbone's tensors, or of the checkpoint's
            for it, finds no counterpart. None at all is an error all the same. Defaults to False.

    Attributes:
        matched (int): Tensors of the backbone that the checkpoint fills.
        total (int): Tensors of the backbone.
        fingerprint (str | None): :func:`~tev_mmaction.models.fingerprint.fingerprint` of the
            backbone as it was loaded.
        source (str | None): The checkpoint, as ``load_from`` names it.

    Raises:
        ValueError: When loading, if the checkpoint does not fit; before train, val or test, if
            none was loaded or the backbone's values are not those of the checkpoint.
    """

    # Before other hooks: what they do to checkpoints (EMAHook) needs plain weights made loadable,
    # and nobody may change the weights before they are compared.
    priority = 'VERY_HIGH'

    def __init__(self, allow_partial: bool = False):
        self.allow_partial = allow_partial
        self.matched = 0
        self.total = 0
        self.fingerprint: Optional[str] = None
        self.source: Optional[str] = None
        # What is to be compared after loading, and under which keys. No copy, and let go of
        # before the first iteration: the peak is that of loading.
        self._state: Optional[MutableMapping] = None
        self._keys: Dict[str, str] = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare names and shapes; the weights are not in the model yet."""
        backbone = _backbone_of(runner)
        own = _tensors(backbone.state_dict())
        self.source = _source_of(runner)
        plain = _make_loadable(checkpoint, own)
        state = checkpoint.get('state_dict', checkpoint)
        keys = {_BACKBONE.sub('', k, 1): k for k in _tensors(state) if _BACKBONE.match(k)}

        counted = [name for name in own if not name.endswith(_COUNTER)]
        missing = [name for name in counted if name not in keys]
        misfits = [n for n in own if n in keys and state[keys[n]].shape != own[n].shape]
        surplus = [name for name in keys if name not in own]
        self.total = len(counted)
        self.matched = self.total - len(missing) - len(misfits)
        self.fingerprint = None
        self._state = state
        self._keys = {n: k for n, k in keys.items() if n in own and n not in misfits}

        if plain:
            runner.logger.info(f'{self.source} has plain backbone weights: "backbone." prefixed')
        else:
            runner.logger.info(f'{self.source} has the weights of a whole model')
        if not (missing or misfits or surplus):
            return
        shapes = [f'{n} {_shape(state[keys[n]])} for {_shape(own[n])}' for n in misfits]
        counts = (
            f'{self.source} fills {self.matched} of {self.total} tensors of the backbone '
            f'{type(backbone).__name__}: {len(missing)} missing{_first(missing)}, {len(misfits)} '
            f'of another shape{_first(shapes)}; {len(surplus)} more of the checkpoint are not in '
            f'this backbone{_first(surplus)}'
        )
        if self.matched and self.allow_partial:
            runner.logger.warning(f'{counts}. Loading what fits (allow_partial=True)')
            return
        remedy = 'Configure model.backbone as it was in the run that wrote the checkpoint'
        if not keys:
            remedy = (
                f'Its keys have another prefix than "backbone."{_first(list(state))}: rename them'
            )
        if self.matched:
            remedy += ', or set allow_partial=True of BackboneWeightsHook to load what fits'
        raise ValueError(f'{counts}. {remedy}')

    def before_train(self, runner: Runner) -> None:
        """Compare the loaded weights."""
        self._compare(runner)

    def before_val(self, runner: Runner) -> None:
        """Compare the loaded weights, unless training has begun to change them."""
        self._compare(runner)

    def before_test(self, runner: Runner) -> None:
        """Compare the loaded weights, unless a training came before."""
        self._compare(runner)

    def _compare(self, runner: Runner) -> None:
        backbone = _backbone_of(runner)
        kind = type(backbone).__name__
        if self.source is None:
            raise ValueError(
                f'no checkpoint was loaded, the backbone {kind} would be random: set '
                f'load_from=... (with resume=True there must be a checkpoint in {runner.work_dir}, '
                'or load_from names one). For a random baseline, or with weights from init_cfg or '
                'pretrained=, leave BackboneWeightsHook out of custom_hooks'
            )
        if self._state is None:
            return
        own, state, self._state = backbone.state_dict(), self._state, None
        other = [n for n, key in self._keys.items() if not _same_values(own[n], state.get(key))]
        if other:
            raise ValueError(
                f'{len(other)} of {len(self._keys)} tensors of the backbone {kind} do not have '
                f'the values of {self.source} after loading{_first(other)}. Does another hook '
                'change the checkpoint or the model while it is loaded?'
            )
        self.fingerprint = fingerprint(backbone)
        runner.logger.info(
            f'backbone {kind}: {self.matched} of {self.total} tensors loaded from {self.source}, '
            f'fingerprint {self.fingerprint}'
        )


def _backbone_of(runner: Runner) -> nn.Module:
    model = runner.model
    while is_model_wrapper(model):
        model = model.module
    if not isinstance(getattr(model, 'backbone', None), nn.Module):
        raise ValueError(f'{type(model).__name__} has no backbone for BackboneWeightsHook to check')
    return model.backbone


def _source_of(runner: Runner) -> str:
    if runner._load_from is None and runner._resume:
        return str(find_latest_checkpoint(runner.work_dir))
    return str(runner._load_from or 'a checkpoint')


def _make_loadable(checkpoint: MutableMapping, own: Dict[str, Tensor]) -> bool:
    """Prefix plain backbone weights by ``backbone.``, as Runner wants them; False if not plain."""
    state = checkpoint.get('state_dict', checkpoint)
    names = {key: key[len('module.') :] if key.startswith('module.') else key for key in state}
    if any(map(_BACKBONE.match, state)) or not any(name in own for name in names.values()):
        return False
    prefixed = {}
    for key in _tensors(state):
        name = names[key]
        classifier = name.startswith(_CLASSIFIERS) and name not in own
        prefixed[name if classifier else f'backbone.{name}'] = state.pop(key)
    if state is checkpoint:
        checkpoint['state_dict'] = prefixed
    else:
        state.update(prefixed)
    return True


def _tensors(state: MutableMapping) -> Dict[str, Tensor]:
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def _same_values(own: Tensor, theirs: Optional[Tensor]) -> bool:
    """Bit by bit, so that a NaN equals itself; the checkpoint's in the model's precision."""
    if theirs is None:
        return False
    return torch.equal(own, theirs.to(own)) or (
        fingerprint(dict(tensor=own)) == fingerprint(dict(tensor=theirs.to(own)))
    )


def _shape(tensor: Tensor) -> str:
    return '×'.join(map(str, tensor.shape))


def _first(names: List[str], number: int = 5) -> str:
    """The first names, in brackets, to go behind their count."""
    if not names:
        return ''
    return f' ({", ".join(names[:number])}{", ..." if len(names) > number else ""})'
