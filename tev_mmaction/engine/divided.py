"""Models whose parameters are divided among processes: what each holds, and the whole of it.

A model that mmengine wraps in ``FullyShardedDataParallel`` has a part of every parameter on each
process. Reading its whole weights takes all processes at once; what is said here of "all processes"
holds for such models alone. Those of one process, and of DDP, are whole everywhere.
"""

import re
import warnings
from typing import Any, Dict, List, Mapping

from mmengine.dist import all_gather_object
from mmengine.model import is_model_wrapper
from torch import Tensor, nn
from torch.distributed.fsdp import FullStateDictConfig, StateDictType
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP

_OF_WRAPPERS = re.compile(r'_(?:fsdp|checkpoint)_wrapped_module\.')


def is_divided(model: Any) -> bool:
    """Whether the parameters of a model are divided among processes."""
    return isinstance(model, FSDP)


def unwrapped(model: Any) -> Any:
    """A model without the wrappers of distributed training."""
    while is_model_wrapper(model):
        model = model.module
    return model


def plain_name(name: str) -> str:
    """The name that a parameter has in the model before wrapping."""
    return _OF_WRAPPERS.sub('', name)


def held_tensors(model: Any) -> Dict[str, Tensor]:
    """The tensors of a state dict, as far as this process holds them, by their plain names."""
    if not is_divided(model):
        return unwrapped(model).state_dict()
    named = (*model.named_parameters(), *model.named_buffers())
    return {plain_name(name): tensor for name, tensor in named}


def whole_state(model: Any, part: str = '') -> Dict[str, Tensor]:
    """The state dict of the unwrapped model. All processes have to call it.

    Args:
        model (nn.Module): With or without wrappers.
        part (str): A submodule, whose names come without it; ``''`` for all.

    Returns:
        dict[str, Tensor]: The tensors themselves; of a divided model, copies on the CPU.
    """
    if is_divided(model):
        settings = FullStateDictConfig(offload_to_cpu=offloads(model), rank0_only=False)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', FutureWarning)  # it names the API of FSDP2
            with FSDP.state_dict_type(model, StateDictType.FULL_STATE_DICT, settings):
                state: Mapping[str, Tensor] = model.state_dict()
    else:
        state = unwrapped(model).state_dict()
    start = f'{part}.' if part else ''
    return {name[len(start) :]: each for name, each in state.items() if name.startswith(start)}


def offloads(model: nn.Module) -> bool:
    """Whether a divided model is to be copied to the CPU where it is put together.

    PyTorch 2.13 frees the memory of a model that is on the CPU already, and crashes.
    """
    return model.compute_device.type != 'cpu'


def found_on_any(names: List[str], model: Any) -> List[str]:
    """Names that some process found in its part of a divided model; the same list on all."""
    if not is_divided(model):
        return names
    return sorted({name for found in all_gather_object(names) for name in found})
