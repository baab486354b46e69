"""Initialisation of convolutions over time."""

from mmengine.model import BaseInit, update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import nn


@WEIGHT_INITIALIZERS.register_module(name='TemporalIdentity')
class TemporalIdentityInit(BaseInit):
    """Convolutions over time alone begin as the identity: each frame is handed on as it is.

    Meant are the kernels of (k, 1, 1) with odd k > 1 and as many outputs as inputs, the second
    halves of separable convolutions; others are left alone. In ``init_cfg`` it stands after the
    initialisation of all convolutions: ``dict(type='TemporalIdentity')``.
    """

    def __call__(self, module: nn.Module) -> None:
        """Initialise ``module`` and all below it."""
        for layer in module.modules():
            if isinstance(layer, nn.Conv3d) and self._is_temporal(layer):
                nn.init.dirac_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=self._get_init_info())

    @staticmethod
    def _is_temporal(layer: nn.Conv3d) -> bool:
        length, *area = layer.kernel_size
        return (
            length > 1
            and length % 2 == 1
            and area == [1, 1]
            and layer.groups == 1
            and layer.in_channels == layer.out_channels
        )
