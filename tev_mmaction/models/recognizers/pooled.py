"""Clips to features: any backbone, and global pooling of its output."""

from copy import deepcopy
from functools import partial
from typing import Any, Callable, Optional, Sequence, Tuple, Union

import torch
from mmaction.models.recognizers.base import BaseRecognizer
from torch import Tensor, nn

from ..backbones.stage_summary import join_over_time
from .chunking import ChunkedForward

_CHANNELS_LAST = ('NLC', 'NHWC')


class PooledRecognizer(BaseRecognizer):
    """A backbone whose output is pooled to one feature per clip.

    Args:
        backbone (dict): Any backbone of MMAction2, torchvision or timm whose output pools to a
            vector (see :func:`pool_features`).
        feature_dim (int, optional): Width D of the feature. None: not checked. Defaults to None.
        frames_as_batch (bool): Give the backbone single frames (N*T, C, H, W), as 2-D backbones
            require, and average over time. For networks of torchvision and timm, the features are
            those that ``Recognizer2D`` uses. Defaults to False.
        channels_last (bool): Run the backbone in channels-last memory format. Defaults to False.
        chunk_size (int, optional): Number of videos whose activations are in memory at a time.
            None: the whole batch. Defaults to None.
        data_preprocessor (dict, optional): As for MMAction2's recognizers.

    Raises:
        ValueError: If ``chunk_size`` is not positive; in the forward pass, if the backbone does not
            fit clips or ``feature_dim``.
    """

    def __init__(
        self,
        backbone: dict,
        feature_dim: Optional[int] = None,
        frames_as_batch: bool = False,
        channels_last: bool = False,
        chunk_size: Optional[int] = None,
        data_preprocessor: Optional[dict] = None,
    ):
        # MMAction2 removes entries from the config, which must be able to build a second model.
        super().__init__(backbone=deepcopy(backbone), data_preprocessor=data_preprocessor)
        self.feature_dim = feature_dim
        self.frames_as_batch = frames_as_batch
        self.chunks = None if chunk_size is None else ChunkedForward(chunk_size)
        self.memory_format = torch.contiguous_format
        if channels_last:
            self.memory_format = torch.channels_last if frames_as_batch else torch.channels_last_3d
            # Module.to would fail on 2-D convolutions in a network of clips.
            for weight in self.backbone.parameters():
                if weight.ndim == (4 if frames_as_batch else 5):
                    weight.data = weight.data.contiguous(memory_format=self.memory_format)

    def extract_feat(
        self,
        inputs: Tensor,
        order: Optional[Tensor] = None,
        backbone: Optional[nn.Module] = None,
        **kwargs,
    ) -> Tensor:
        """Pooled backbone features.

        Args:
            inputs (Tensor): Shape (N, V, C, T, H, W), float, normalised.
            order (Tensor, optional): Shape (N,), int64; assignment to chunks, see
                :class:`ChunkedForward`.
            backbone (nn.Module, optional): A copy of the backbone, for example an averaged one, to
                use instead of it.

        Returns:
            Tensor: Shape (N, V, D).

        Raises:
            ValueError: If the input or the backbone's output has another shape.
        """
        return self._run(self._pooled_features, inputs, order, backbone)

    def extract_maps(self, inputs: Tensor, order: Optional[Tensor] = None) -> Tuple[Tensor, ...]:
        """Feature maps of the backbone, which have time and space.

        Args:
            inputs (Tensor): Shape (N, V, C, T, H, W), float, normalised.
            order (Tensor, optional): See :meth:`extract_feat`.

        Returns:
            tuple[Tensor]: Maps (N, V, C', T', H', W'): one, or those of several layers or pathways.

        Raises:
            ValueError: If the input has another shape, or the output is not made of maps.
        """
        return self._run(self._maps, inputs, order)

    def _run(
        self,
        function: Callable,
        inputs: Tensor,
        order: Optional[Tensor],
        backbone: Optional[nn.Module] = None,
    ) -> Any:
        """Outputs of a function of the backbone and clips, in chunks if the batch needs them."""
        if inputs.ndim != 6:
            raise ValueError(
                f'inputs of shape {tuple(inputs.shape)} are not (N, clips, C, T, H, '
                "W): end the pipeline in FormatShape(input_format='NCTHW') and "
                "PackActionInputs, and set data_preprocessor.format_shape='NCTHW'"
            )
        backbone = self.backbone if backbone is None else backbone
        run = partial(function, backbone)
        return run(inputs) if self.chunks is None else self.chunks(run, backbone, inputs, order)

    def _maps(self, backbone: nn.Module, inputs: Tensor) -> Tuple[Tensor, ...]:
        output, _ = self._output(self._clips(inputs), backbone)
        maps = (output,) if isinstance(output, Tensor) else tuple(output)
        if self.frames_as_batch or not all(each.ndim == 5 for each in maps):
            raise ValueError(
                'a head needs feature maps with time and space, but the backbone gives '
                f'{[tuple(each.shape) for each in maps]}: use a network of clips whose output is a '
                'map (N, D, T, H, W)'
            )
        return tuple(each.unflatten(0, inputs.shape[:2]) for each in maps)

    def _pooled_features(self, backbone: nn.Module, inputs: Tensor) -> Tensor:
        """Features of a batch, or of a chunk of it."""
        num_clips = inputs.shape[0] * inputs.shape[1]
        features = pool_features(*self._output(self._clips(inputs), backbone))
        if self.frames_as_batch:
            features = features.unflatten(0, (num_clips, -1)).mean(dim=1)
        self._check_width(features, num_clips)
        return features.unflatten(0, inputs.shape[:2])

    def _check_width(self, features: Tensor, num_clips: int) -> None:
        width = features.shape[-1] if self.feature_dim is None else self.feature_dim
        if features.shape != (num_clips, width):
            raise ValueError(
                f'the backbone gives pooled features of shape '
                f'{tuple(features.shape)} for {num_clips} clips: set '
                f'model.feature_dim (now {self.feature_dim}) to their width'
            )

    def extract_over_time(self, inputs: Tensor) -> Tensor:
        """Backbone features that are pooled over space, but not over time.

        Args:
            inputs (Tensor): Shape (N, V, C, T, H, W), float, normalised.

        Returns:
            Tensor: Shape (N, V, T', D), with the time of the backbone's map; T' = T if it takes
            single frames.

        Raises:
            ValueError: If the backbone's output has no time.
        """
        clips = self._clips(inputs)
        if self.frames_as_batch:
            features = pool_features(*self._output(clips, self.backbone))
            return features.unflatten(0, (*inputs.shape[:2], -1))
        run: Callable = getattr(self.backbone, 'over_time', None) or self.backbone
        features = pool_space(self._output(clips, self.backbone, run)[0]).transpose(1, 2)
        return features.unflatten(0, inputs.shape[:2])

    def _clips(self, inputs: Tensor) -> Tensor:
        """Clips (N * V, C, T, H, W), or single frames (N * V * T, C, H, W), for the backbone."""
        clips = inputs.flatten(0, 1)
        if self.frames_as_batch:
            self._check_segments(clips.shape[2])
            clips = clips.transpose(1, 2).flatten(0, 1)
        return clips.contiguous(memory_format=self.memory_format)

    def _check_segments(self, num_frames: int) -> None:
        segments = getattr(self.backbone, 'num_segments', num_frames)
        if segments != num_frames:
            raise ValueError(
                f'model.backbone.num_segments={segments}, but clips have {num_frames} frames: the '
                'temporal shift would mix clips. Set both to the same number'
            )

    def _output(
        self, clips: Tensor, backbone: Any, run: Optional[Callable] = None
    ) -> Tuple[Any, Optional[str]]:
        """Output of the layer that ``Recognizer2D`` and ``Recognizer3D`` give to their head.

        With the shape of the feature, as :func:`pool_features` expects it.
        """
        source = self.backbone_from
        run = backbone if run is None else run
        if self.frames_as_batch and source == 'timm':
            run = backbone.forward_features
        elif self.frames_as_batch and source == 'torchvision' and hasattr(backbone, 'features'):
            run = backbone.features
        foreign = source in ('timm', 'torchvision')
        return run(clips), (self.feature_shape or 'NLC') if foreign else None

    def _forward(self, inputs: Tensor, **kwargs) -> Union[Tensor, tuple]:
        return self.extract_feat(inputs)


def pool_features(output: Union[Tensor, Sequence], feature_shape: Optional[str] = None) -> Tensor:
    """Average over all positions; if there is a class token, use only the token.

    Args:
        output (Tensor | Sequence): (N, D), (N, D, H, W) or (N, D, T, H, W); a pair of such a map
            and a class token (N, D), as for MViT, of which only the token is used; or a sequence
            of these (several pathways or stages), whose pooled vectors are concatenated.
        feature_shape (str, optional): ``'NLC'`` for tokens (N, L, D) or ``'NHWC'`` for maps
            (N, H, W, D), as in :class:`Recognizer2D` for networks of torchvision and timm.
            Defaults to None.

    Returns:
        Tensor: Shape (N, D), with D summed over the parts.

    Raises:
        ValueError: If a tensor has another number of dimensions.
    """
    if not isinstance(output, Tensor):
        if _has_class_token(output):
            return output[1]
        return torch.cat([pool_features(part, feature_shape) for part in output], dim=1)
    if feature_shape in _CHANNELS_LAST and output.ndim == len(feature_shape):
        return output.flatten(1, -2).mean(dim=1)
    if output.ndim == 2:
        return output
    if output.ndim in (4, 5):
        return output.flatten(2).mean(dim=2)
    raise ValueError(
        f'the backbone returned a tensor of shape {tuple(output.shape)}; it should return (N, D), '
        '(N, D, H, W), (N, D, T, H, W) or a sequence of those; a network of torchvision or timm '
        "may return (N, L, D) or, with backbone.feature_shape='NHWC', (N, H, W, D)"
    )


def pool_space(output: Union[Tensor, Sequence]) -> Tensor:
    """Average over positions in space; of a map and a class token, only the map is used.

    Args:
        output (Tensor | Sequence): (N, D, T, H, W), or a sequence of these (several pathways or
            stages): their features are concatenated, those of the shorter ones repeated in time.

    Returns:
        Tensor: Shape (N, D, T'), with D summed over the parts and the longest T.

    Raises:
        ValueError: If a tensor has no time.
    """
    if not isinstance(output, Tensor):
        parts = output[:1] if _has_class_token(output) else output
        return join_over_time([pool_space(part) for part in parts])
    if output.ndim != 5:
        raise ValueError(
            f'the backbone returned a tensor of shape {tuple(output.shape)}, in which time cannot '
            'be kept: that takes a map (N, D, T, H, W)'
        )
    return output.mean(dim=(3, 4))


def _has_class_token(parts: Sequence) -> bool:
    """Whether the output is a map of patch tokens and a class token of the same width."""
    if len(parts) != 2 or not all(isinstance(part, Tensor) for part in parts):
        return False
    tokens, class_token = parts
    return tokens.ndim in (4, 5) and class_token.shape == tokens.shape[:2]
