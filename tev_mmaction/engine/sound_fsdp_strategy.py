"""Training a model that is divided among the devices, with the checkpoints of any other run."""

import re
import time
import warnings
from typing import Any, Callable, Dict, List, Optional, Sequence

import mmengine
import torch
from mmengine._strategy import FSDPStrategy
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, get_file_backend
from mmengine.optim import BaseOptimWrapper, OptimWrapper
from mmengine.registry import FUNCTIONS, STRATEGIES
from mmengine.runner import save_checkpoint
from torch import Tensor, nn
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP
from torch.nn.utils import clip_grad_norm_

from .divided import plain_name, unwrapped


@FUNCTIONS.register_module()
def wrap_classes(
    module: nn.Module, recurse: bool, nonwrapped_numel: int, classes: Sequence[str]
) -> bool:
    """An ``auto_wrap_policy``: modules of these classes are divided, and put together, as units.

    Args:
        module (nn.Module): The module that FSDP asks about.
        recurse (bool): Whether FSDP asks about its children.
        nonwrapped_numel (int): Number of its parameters outside units; not used.
        classes (Sequence[str]): Names of classes, such as ``Block`` of a transformer.
    """
    return recurse or type(module).__name__ in classes


@STRATEGIES.register_module()
class SoundFSDPStrategy(FSDPStrategy):
    """mmengine's ``FSDPStrategy``, for later PyTorch, with the checkpoints of any other run.

    Parameters, gradients and the optimizer's state are divided among the processes. What is better
    than in mmengine 0.10:

    - A checkpoint is one file, written by the first process when it is complete, with the names of
      the undivided model and the optimizer's state in PyTorch's own order. Runs with and without
      this strategy, and with other numbers of processes, resume it; evaluations load it.
    - Resuming works: PyTorch 2.1 changed the order of arguments with which mmengine calls it. The
      file is read into the memory of the CPU, not of the device.
    - ``clip_grad`` uses the norm of the whole gradient; in mmengine, each process that of its part.
    - It runs on CPUs, and with ``sync_bn``.

    Args:
        model_wrapper (dict, optional): Arguments of ``MMFullyShardedDataParallel``, such as
            ``auto_wrap_policy=dict(type='wrap_classes', classes=['Block'])``. Without a policy, the
            whole model is put together at once in each step, and only gradients and optimizer
            are divided.
        sync_bn (str, optional): ``'torch'`` for synchronised batch-norm.
        state_dict_cfg (str): ``'full'``, as in mmengine; nothing else.
        **kwargs: Further arguments of ``FSDPStrategy``.

    Raises:
        ValueError: For another ``state_dict_cfg``, ``skip_init_weights``, or
            ``use_orig_params=False`` in ``model_wrapper``; for a model with a momentum encoder; if
            ``auto_wrap_policy`` chooses no module; when saving, if the optimizer has state of
            unknown parameters; when resuming, if that of the checkpoint has other parameters.
    """

    def __init__(
        self,
        *,
        model_wrapper: Optional[dict] = None,
        sync_bn: Optional[str] = None,
        state_dict_cfg: str = 'full',
        **kwargs: Any,
    ):
        if state_dict_cfg != 'full':
            raise ValueError(
                f"strategy.state_dict_cfg={state_dict_cfg!r}: only 'full', one file that every "
                'tool can load'
            )
        if kwargs.get('skip_init_weights'):
            raise ValueError(
                'strategy.skip_init_weights=True leaves what no checkpoint fills with any values '
                'that the memory has: leave it out'
            )
        model_wrapper = dict(model_wrapper or {})
        if not model_wrapper.get('use_orig_params', True):
            raise ValueError(
                'strategy.model_wrapper.use_orig_params=False joins parameters, and checkpoints '
                "could not have the optimizer's state of each: leave it out"
            )
        super().__init__(model_wrapper=model_wrapper, state_dict_cfg='full', **kwargs)
        self.sync_bn = sync_bn
        if get_device() == 'cpu':
            self.model_wrapper.setdefault('device_id', torch.device('cpu'))
            # see divided.offloads
            self.state_dict_config.offload_to_cpu = False
            self.optim_state_dict_config.offload_to_cpu = False

    def _wrap_model(self, model: nn.Module) -> nn.Module:
        if getattr(model, 'momentum_encoder', None) is not None:
            raise ValueError(
                'model.momentum_encoder averages whole weights, of which FSDP leaves a part on '
                'each process: train this model without strategy'
            )
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', FutureWarning)  # it names the API of FSDP2
            wrapped = super()._wrap_model(self.convert_model(model))
        units = sum(isinstance(module, FSDP) for module in wrapped.modules())
        if units == 1 and self.model_wrapper.get('auto_wrap_policy'):
            kinds = sorted({type(module).__name__ for module in unwrapped(wrapped).modules()})
            raise ValueError(
                'strategy.model_wrapper.auto_wrap_policy chooses no module, and the whole model '
                f'would be one unit. Its modules are of {", ".join(kinds)}'
            )
        self.logger.info(f'the model is divided into {units} units')
        return wrapped

    def build_optim_wrapper(self, optim_wrapper: Any, model: Any = None) -> BaseOptimWrapper:
        """Build it; the norm by which gradients are clipped is that of the whole gradient."""
        built = super().build_optim_wrapper(optim_wrapper, model)
        if not isinstance(built, OptimWrapper):
            raise ValueError(
                f'optim_wrapper: {type(built).__name__} does not go with FSDP, which has one '
                'optimizer'
            )
        if getattr(built, 'clip_func', None) is clip_grad_norm_:
            built.clip_func = _clip_whole(model)
        return built

    def save_checkpoint(
        self,
        filename: str,
        *,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        extra_ckpt: Optional[dict] = None,
        callback: Optional[Callable] = None,
    ) -> None:
        """Put the state together on all processes; the first one writes the file."""
        checkpoint: Dict[str, Any] = dict(extra_ckpt or {}, state_dict=self.model_state_dict())
        if save_optimizer and hasattr(self, 'optim_wrapper'):
            checkpoint['optimizer'] = self.optim_state_dict()
        if not is_main_process():
            return
        if save_param_scheduler and hasattr(self, 'param_schedulers'):
            checkpoint['param_schedulers'] = self.scheduler_state_dict()
        checkpoint['meta'] = dict(
            checkpoint.get('meta', {}),
            seed=self.seed,
            time=time.strftime('%Y%m%d_%H%M%S', time.localtime()),
            mmengine_version=mmengine.__version__,
        )
        if callback is not None:
            callback(checkpoint)
        local = type(get_file_backend(filename)) is LocalBackend
        backend = dict(backend='atomic_local') if local else None
        save_checkpoint(checkpoint, filename, backend_args=backend)

    def load_checkpoint(self, filename: str, **kwargs: Any) -> dict:
        """Load weights; each process reads the file into the memory of the CPU."""
        return super().load_checkpoint(filename, **dict(kwargs, map_location='cpu'))

    def load_model_state_dict(
        self,
        state_dict: dict,
        *,
        strict: bool = False,
        revise_keys: Sequence = ((r'^module.', ''),),
    ) -> None:
        """Load whole weights into the divided model, with the names that ``Runner`` accepts."""
        for pattern, replacement in revise_keys:
            state_dict = {re.sub(pattern, replacement, key): v for key, v in state_dict.items()}
        found = self.model.load_state_dict(state_dict, strict=strict)
        if found.missing_keys or found.unexpected_keys:
            self.logger.warning(
                f'not loaded: {", ".join(map(plain_name, found.missing_keys))}; '
                f'not in the model: {", ".join(map(plain_name, found.unexpected_keys))}'
            )

    def optim_state_dict(self) -> dict:
        """Of the undivided model, on the first process; PyTorch's own form, by position."""
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', FutureWarning)
            whole = FSDP.optim_state_dict(self.model, self.optim_wrapper.optimizer)
        state = self.optim_wrapper.state_dict()
        found = whole.get('state', {})
        names = self._names()
        unknown = sorted(set(found).difference(names))
        if unknown:
            raise ValueError(
                f"the optimizer's state has {len(unknown)} names that are none of its parameters, "
                f'such as {unknown[0]}: no checkpoint is written, as it would lack their state'
            )
        # Parameters that had no gradient yet have no state.
        state['state'] = {i: found[name] for i, name in enumerate(names) if name in found}
        return state

    def load_optim_state_dict(self, state_dict: dict) -> None:
        """Divide what :meth:`optim_state_dict` or a run without this strategy has saved."""
        names = self._names()
        saved = [number for group in state_dict['param_groups'] for number in group['params']]
        if len(saved) != len(names):
            raise ValueError(
                f'the optimizer of the checkpoint has {len(saved)} parameters, that of this run '
                f'{len(names)}: resume with the config that wrote it'
            )
        by_name = dict(
            state={names[number]: each for number, each in state_dict['state'].items()},
            param_groups=[
                dict(group, params=[names[number] for number in group['params']])
                for group in state_dict['param_groups']
            ],
        )
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', FutureWarning)
            divided = FSDP.optim_state_dict_to_load(
                model=self.model, optim=self.optim_wrapper.optimizer, optim_state_dict=by_name
            )
        self.optim_wrapper.load_state_dict(dict(state_dict, **divided))

    def _names(self) -> List[str]:
        """Plain names of the optimizer's parameters, in its order."""
        names = {id(p): plain_name(name) for name, p in self.model.named_parameters()}
        groups = self.optim_wrapper.optimizer.param_groups
        return [names[id(parameter)] for group in groups for parameter in group['params']]


def _clip_whole(model: FSDP) -> Callable[..., Tensor]:
    def clip(parameters: Any, max_norm: float, norm_type: float = 2.0) -> Tensor:
        return model.clip_grad_norm_(max_norm, norm_type)

    return clip
