"""Mixed precision where mmengine's wrapper does not run: on a CPU."""

from contextlib import contextmanager
from typing import Iterator

import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.optim import OptimWrapper
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward under bfloat16 autocast, on the CPU as well as on an accelerator.

    bfloat16 has the range of float32, so losses need no scaling. mmengine's ``AmpOptimWrapper``
    (float16 with loss scaling) refuses to be built without an accelerator.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast, within mmengine's context for gradient accumulation."""
        device_type = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device_type, dtype=torch.bfloat16):
            yield
