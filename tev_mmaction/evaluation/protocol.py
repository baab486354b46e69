"""The protocol of a figure: how clips are sampled, pooled, standardised and compared."""

from dataclasses import asdict, dataclass, fields
from typing import Dict, Optional, Sequence

# Views per clip of MMAction2's crop transforms; 'whole' is not a crop.
CROPS = {'center': 1, 'three': 3, 'ten': 10, 'whole': 1}
STANDARDISATIONS = ('gallery', 'own_mean', 'none')
VIEW_POOLINGS = ('mean', 'mean_of_unit')
# The dimensions over which feature maps are averaged, and the resulting rank of (V, D, ...).
FEATURE_POOLINGS = {'space-time': 2, 'space': 3}
METRICS = ('cosine', 'linear_svm', 'both')


@dataclass(frozen=True)
class EvaluationProtocol:
    """The way from videos to features, and from features to figures.

    It is printed and saved with every result. The pipeline of the dataset makes the clips, and
    :meth:`check` compares every sample with the protocol.

    Args:
        name (str): Name of the protocol.
        split (str): Data and split, e.g. ``'UCF101 split 1'``.
        clip_len (int, optional): Frames T per view. None: determined by the pipeline, and
            possibly different for each video.
        frame_interval (int, optional): Source frames from one frame of a clip to the next, its
            speed. None: frames of a clip, or single frames, are spread over the video.
        num_clips (int): Clips per video.
        crops (str): ``'center'``, ``'three'`` or ``'ten'`` crops of each clip; or ``'whole'``, the
            whole frame resized to a square.
        size (int): Height and width of a view, in pixels.
        feature_pooling (str): Averaging of the backbone's output: ``'space-time'``,
            or ``'space'``, which keeps time. Defaults to ``'space-time'``.
        view_pooling (str): Pooling of the features of a video's views: their ``'mean'``, or
            ``'mean_of_unit'``, the mean after L2 normalisation of each. Defaults to ``'mean'``.
        standardisation (str): ``'gallery'``, subtract the mean and divide by the standard deviation
            of the training features (Sec. 3.4 of the paper); ``'own_mean'``, subtract
            from gallery and from queries the mean of each; or ``'none'``. Defaults to
            ``'gallery'``.
        metric (str): ``'cosine'``, the similarity of neighbours, ``'linear_svm'``, or ``'both'``;
            set by the metric. Defaults to ``'cosine'``.
        classes (Sequence[str]): Names of the classes; set from the dataset. Defaults to ().

    Raises:
        ValueError: If a value is not among the allowed ones.
    """

    name: str
    split: str
    clip_len: Optional[int]
    frame_interval: Optional[int]
    num_clips: int
    crops: str
    size: int
    feature_pooling: str = 'space-time'
    view_pooling: str = 'mean'
    standardisation: str = 'gallery'
    metric: str = 'cosine'
    classes: Sequence[str] = ()

    def __post_init__(self):
        known = dict(
            crops=tuple(CROPS),
            view_pooling=VIEW_POOLINGS,
            standardisation=STANDARDISATIONS,
            feature_pooling=tuple(FEATURE_POOLINGS),
            metric=METRICS,
        )
        for field, values in known.items():
            if getattr(self, field) not in values:
                raise ValueError(f'protocol.{field}={getattr(self, field)!r}: use one of {values}')
        for field in ('clip_len', 'num_clips', 'size'):
            value = getattr(self, field)
            if value is None and field == 'clip_len':
                continue
            if value < 1:
                raise ValueError(f'protocol.{field}={value}: at least 1')

    @property
    def num_views(self) -> int:
        """int: Views V per video, clips times crops."""
        return self.num_clips * CROPS[self.crops]

    def to_dict(self) -> dict:
        """All fields as valid JSON."""
        return asdict(self)

    def __str__(self) -> str:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values['classes'] = f'{len(self.classes)} named'
        return ', '.join(f'{name} {value}' for name, value in values.items())

    def check(self, shape: Sequence[int], metainfo: dict) -> None:
        """Compare a sample with the protocol.

        Args:
            shape (Sequence[int]): Shape of its inputs: (V, C, T, H, W), or (V * T, C, H, W) for
                recognizers of single frames.
            metainfo (dict): With the keys ``num_clips``, ``clip_len`` and ``frame_interval``.

        Raises:
            ValueError: If the sample does not match; the message names the config keys to change.
        """
        shape = tuple(shape)
        length = self.clip_len
        if length is None:
            length = shape[2] if len(shape) == 5 else 0  # single frames have no clip length
        views = (self.num_views, shape[1], length, self.size, self.size)
        frames = (self.num_views * length, shape[1], self.size, self.size)
        if shape not in (views, frames):
            said = 'frames' if self.clip_len is None else f'{self.clip_len} frames'
            raise ValueError(
                f'protocol {self.name!r} says {self.num_views} views ({self.num_clips} clips, '
                f'{self.crops} crop) of {said} of {self.size}x{self.size}, but the '
                f'inputs have shape {shape}. Change `protocol` or the pipeline of the dataset.'
            )
        expected: Dict[str, Optional[int]] = dict(
            num_clips=self.num_clips, frame_interval=self.frame_interval
        )
        if len(shape) == 4 and self.clip_len is not None:
            # Single frames are sampled as clips of one frame, spread over the video.
            expected = dict(num_clips=self.num_clips * self.clip_len)
            if self.frame_interval is not None:
                raise ValueError(
                    f'protocol {self.name!r} says frame_interval={self.frame_interval}, but single '
                    'frames spread over the video are sampled: set it to None'
                )
        for key, value in expected.items():
            if metainfo[key] != value:
                raise ValueError(
                    f'protocol {self.name!r} says {key}={value}, but the pipeline took clips with '
                    f'{metainfo[key]}. Change `protocol` or SampleFrames in the pipeline.'
                )
