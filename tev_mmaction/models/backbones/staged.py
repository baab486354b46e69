"""Common base of our backbones: initialisation, frozen stages, frozen statistics."""

from typing import List, Tuple, Union

from mmengine.model import BaseModule
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch import nn

INIT_CFG: Tuple[dict, ...] = (
    dict(type='Kaiming', layer='Conv3d'),
    dict(type='Constant', layer=['_BatchNorm', 'GroupNorm'], val=1),
)


class StagedBackbone(BaseModule):
    """A backbone with a stem and stages; the first stages can be frozen.

    Subclasses define :meth:`stages` and call :meth:`freeze` after creating all modules.

    Args:
        norm_eval (bool): Keep batch-norm in eval mode while training.
        frozen_stages (int): Freeze the stem (0) and that many stages; −1 for none.
        init_cfg (dict | list): As for every module of mmengine.

    Raises:
        ValueError: By :meth:`freeze`, if there are no such stages.
    """

    def __init__(self, norm_eval: bool, frozen_stages: int, init_cfg: Union[dict, List[dict]]):
        super().__init__(init_cfg=init_cfg)
        self.norm_eval = norm_eval
        self.frozen_stages = frozen_stages

    def stages(self) -> List[nn.Module]:
        """The stem, then the stages, in the order of computation."""
        raise NotImplementedError

    def freeze(self) -> None:
        """Put the frozen stages into eval mode, and stop their gradients."""
        stages = self.stages()
        if not -1 <= self.frozen_stages < len(stages):
            raise ValueError(
                f'frozen_stages={self.frozen_stages}: use −1 for none, 0 for the stem, or up to '
                f'{len(stages) - 1} for the stem and that many stages'
            )
        for stage in stages[: self.frozen_stages + 1]:
            stage.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> 'StagedBackbone':
        """Set the mode; frozen stages, and with ``norm_eval`` all norms, stay in eval mode."""
        super().train(mode)
        self.freeze()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self
