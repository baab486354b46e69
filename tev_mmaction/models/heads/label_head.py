"""Any label of a sampler or of the pipeline as the classes of a task."""

from mmaction.registry import MODELS

from .auxiliary_heads import AuxiliaryHead


@MODELS.register_module()
class LabelHead(AuxiliaryHead):
    """Classifies clips, or all clips of a video together, by a label with the values 0 … C−1.

    Args:
        in_channels (int): Feature width D.
        label (str): Name of the label, see :class:`ClipTargets`.
        num_classes (int): Classes C of the task.
        in_clips (int): 1 to classify every clip separately; V to classify videos by the
            concatenated features of their V clips. Defaults to 1.
        **kwargs: See :class:`AuxiliaryHead`.
    """

    def __init__(self, in_channels: int, label: str, num_classes: int, in_clips: int = 1, **kwargs):
        super().__init__(in_channels, num_classes, in_clips, **kwargs)
        self.label_name = label
