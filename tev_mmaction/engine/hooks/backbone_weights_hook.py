"""Stops a run whose checkpoint does not fill the whole backbone."""

from typing import Dict, MutableMapping, Optional

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner, find_latest_checkpoint
from torch import Tensor, nn

from ...models.backbone_weights import find_backbone, first, keys_of, make_loadable
from ...models.fingerprint import fingerprint
from ..divided import unwrapped, whole_state


@HOOKS.register_module()
class BackboneWeightsHook(Hook):
    """Refuses checkpoints that do not fill the backbone, and runs without any checkpoint.

    Names and shapes are compared before Runner loads the weights, and the values of the tensors
    when training, validation or testing starts. Batch-norm's ``num_batches_tracked`` counters do
    not count, because they do not affect the fit; existing ones are compared as well.

    The hook makes other files loadable: plain backbone weights without ``backbone.`` in their keys,
    and weights under another key than ``state_dict`` (``model``, ``encoder``) or with another
    prefix (``module.``, ``encoder.``). The log names the key and the prefix. A classifier ``fc.*``
    or ``classifier.*`` in the file, as in torchvision's files, is ignored.

    The hook does not detect weights from ``init_cfg`` or ``pretrained``: remove it in that case.

    Args:
        allow_partial (bool): Only warn if some tensors of the backbone or of the checkpoint have no
            counterpart. If none has one, it is still an error. Defaults to False.

    Attributes:
        matched (int): Number of tensors of the backbone that the checkpoint fills.
        total (int): Number of tensors of the backbone.
        fingerprint (str | None): :func:`~tev_mmaction.models.fingerprint.fingerprint` of the
            loaded backbone.
        source (str | None): The checkpoint, as in ``load_from``.

    Raises:
        ValueError: When loading, if the checkpoint does not fit; before train, val or test, if
            none was loaded or the backbone's values are not those of the checkpoint.
    """

    # Before other hooks: hooks that change checkpoints (EMAHook) need loadable weights,
    # and no hook may change the weights before they are compared.
    priority = 'VERY_HIGH'

    def __init__(self, allow_partial: bool = False):
        self.allow_partial = allow_partial
        self.matched = 0
        self.total = 0
        self.fingerprint: Optional[str] = None
        self.source: Optional[str] = None
        # Tensors to compare after loading, and their keys. They are not copied, and released
        # before the first iteration, so peak memory is that of loading.
        self._state: Optional[MutableMapping] = None
        self._keys: Dict[str, str] = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare names and shapes; the weights are not in the model yet."""
        backbone = backbone_of(runner)
        self.source = source_of(runner)
        own = whole_state(runner.model, 'backbone')
        fit = find_backbone(checkpoint, own)
        place = fit.place
        if fit.keys:
            make_loadable(checkpoint, own, fit)
        self.total, self.matched = fit.total, fit.matched
        self.fingerprint = None
        self._state = checkpoint.get('state_dict', checkpoint)
        self._keys = fit.keys

        prefixed = '' if fit.whole else ': "backbone." prefixed'
        runner.logger.info(f'{self.source} has {place}{prefixed}')
        if fit.complete:
            return
        counts = fit.describe(self.source, backbone)
        if self.matched and self.allow_partial:
            runner.logger.warning(f'{counts}. Loading what fits (allow_partial=True)')
            return
        remedy = 'Configure model.backbone as it was in the run that wrote the checkpoint'
        if not (fit.keys or fit.misfits or fit.surplus):
            keys = keys_of(checkpoint)
            remedy = (
                f'Its names are others, with any prefix{first(keys)}: is it of another '
                'architecture? Else rename them'
                if keys
                else 'It holds no weights'
            )
        if self.matched:
            remedy += ', or set allow_partial=True of BackboneWeightsHook to load what fits'
        raise ValueError(f'{counts}. {remedy}')

    def before_train(self, runner: Runner) -> None:
        """Compare the loaded weights."""
        self._compare(runner)

    def before_val(self, runner: Runner) -> None:
        """Compare the loaded weights, unless training has already changed them."""
        self._compare(runner)

    def before_test(self, runner: Runner) -> None:
        """Compare the loaded weights, unless a training came before."""
        self._compare(runner)

    def _compare(self, runner: Runner) -> None:
        backbone = backbone_of(runner)
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
        own, state, self._state = whole_state(runner.model, 'backbone'), self._state, None
        other = [n for n, key in self._keys.items() if not _same_values(own[n], state.get(key))]
        if other:
            raise ValueError(
                f'{len(other)} of {len(self._keys)} tensors of the backbone {kind} do not have '
                f'the values of {self.source} after loading{first(other)}. Does another hook '
                'change the checkpoint or the model while it is loaded?'
            )
        self.fingerprint = fingerprint(own)
        runner.logger.info(
            f'backbone {kind}: {self.matched} of {self.total} tensors loaded from {self.source}, '
            f'fingerprint {self.fingerprint}'
        )


def backbone_of(runner: Runner) -> nn.Module:
    """The backbone of a runner's model, without wrappers."""
    model = unwrapped(runner.model)
    if not isinstance(getattr(model, 'backbone', None), nn.Module):
        raise ValueError(f'{type(model).__name__} has no backbone for BackboneWeightsHook to check')
    return model.backbone


def source_of(runner: Runner) -> str:
    """The checkpoint that a runner loads, for messages."""
    if runner._load_from is None and runner._resume:
        return str(find_latest_checkpoint(runner.work_dir))
    return str(runner._load_from or 'a checkpoint')


def _same_values(own: Tensor, theirs: Optional[Tensor]) -> bool:
    """Compare bit by bit, so that NaN equals itself, in the precision of the model."""
    if theirs is None:
        return False
    return torch.equal(own, theirs.to(own)) or (
        fingerprint(dict(tensor=own)) == fingerprint(dict(tensor=theirs.to(own)))
    )
