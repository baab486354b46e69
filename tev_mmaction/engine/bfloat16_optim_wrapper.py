"""Mixed precision on a CPU, which mmengine's wrapper does not support."""

from contextlib import ExitStack, contextmanager
from typing import Any, Iterator, Tuple, Union

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.optim import OptimWrapper
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward under bfloat16 autocast, on the CPU as well as on an accelerator.

    bfloat16 has the range of float32, so losses need no scaling. mmengine's ``AmpOptimWrapper``
    (float16 with loss scaling) refuses to be built without an accelerator.

    MMAction2's classification heads convert their scores to numpy arrays, which do not support
    bfloat16: within the context, they return float32.

    On a CPU, convolutions pad small inputs with ``torch.nn.functional.pad``, which does not change
    the result. On CPUs with AVX-512 but without AMX, oneDNN's weight gradients of padded bfloat16
    convolutions are wrong if a side is at most twice the padding (3x3x3 on two frames, as in the
    third stage of a ResNet-18 on 16). Seen with PyTorch 2.13 and oneDNN 3.12.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast, within mmengine's context for gradient accumulation."""
        device_type = next(model.parameters()).device.type
        if device_type == 'cpu':
            _pad_explicitly(model)
        with ExitStack() as stack:
            stack.enter_context(super().optim_context(model))
            stack.enter_context(torch.autocast(device_type, dtype=torch.bfloat16))
            for module in model.modules():
                if isinstance(module, BaseHead):
                    stack.callback(module.register_forward_hook(_to_float32).remove)
            yield


def _pad_explicitly(model: nn.Module) -> None:
    """Permanent, because activation checkpointing also runs forwards after the context."""
    for module in model.modules():
        if (
            isinstance(module, (nn.Conv2d, nn.Conv3d))
            and module.padding_mode == 'zeros'
            and any(module._reversed_padding_repeated_twice)
            and _choose_padding not in module._forward_pre_hooks.values()
        ):
            module.register_forward_pre_hook(_choose_padding)


def _choose_padding(conv: Union[nn.Conv2d, nn.Conv3d], args: Tuple[torch.Tensor]) -> None:
    """Of a convolution that pads with zeros: by itself, or where a side is small by ``pad``."""
    paddings = conv._reversed_padding_repeated_twice[::2]  # of width, height, time
    small = any(p and side <= 2 * p for p, side in zip(paddings, reversed(args[0].shape)))
    # Passed on to F.pad, which accepts 'constant'; torch's annotation does not.
    conv.padding_mode = 'constant' if small else 'zeros'  # type: ignore[assignment]


def _to_float32(module: nn.Module, args: Any, scores: Any) -> Any:
    return scores.float() if isinstance(scores, torch.Tensor) else scores
