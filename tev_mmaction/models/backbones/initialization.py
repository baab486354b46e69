"""Initialisation of convolutions over time."""

from mmengine.model import BaseInit, update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import nn


@WEIGHT_INITIALIZERS.register_module(name='TemporalIdentity')
class TemporalIdentityInit(BaseInit):
    """Initialises temporal convolutions as the identity: each frame is passed on unchanged.

    This applies to kernels (k, 1, 1) with odd k > 1 and equal numbers of inputs and outputs, the
    second parts of separable convolutions. Others do not change. In ``init_cfg``, place it after
    the initialisation of all convolutions: ``dict(type='TemporalIdentity')``.
    """

    def __call__(self, module: nn.Module) -> None:
        """Initialise ``module`` and its submodules."""
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
