"""The base of heads that take feature maps instead of pooled features."""

from abc import abstractmethod
from typing import Dict, List, Mapping, Sequence, Tuple, Union

from torch import Tensor

from .base import TaskHead
from .targets import ClipTargets


class MapHead(TaskHead):
    """A task on the feature maps of a video's clips, which have time and space.

    Maps are those that the backbone returns: one, or several with its ``out_indices``.

    Args:
        **kwargs: See :class:`TaskHead`.
    """

    def select(
        self, features: Union[Tensor, Sequence[Tensor]], targets: ClipTargets
    ) -> Tuple[List[Tensor], Mapping[str, Tensor]]:
        """Maps (N, V', C, T, H, W) and labels of the clips that the head uses.

        Args:
            features: Maps (N, V, C, T, H, W) of all V clips of N videos.
            targets: Labels of the batch, by name.

        Raises:
            ValueError: See :meth:`TaskHead.select`.
        """
        selected = [super(MapHead, self).select(each, targets) for each in features]
        return [each for each, _ in selected], selected[-1][1]

    @abstractmethod
    def loss(self, features: List[Tensor], targets: Mapping[str, Tensor]) -> Dict[str, Tensor]:
        """See :meth:`TaskHead.loss`.

        Args:
            features (list[Tensor]): Maps (N, V, C, T, H, W), from the first layer to the last.
            targets (Mapping[str, Tensor]): Labels by name, see :class:`ClipTargets`.
        """
