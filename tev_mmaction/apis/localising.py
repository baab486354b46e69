"""Where in a long video something moves as in a short one."""

import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from ..datasets.readers import VideoError
from ..evaluation import FeatureSet, standardise
from .embedder import VideoEmbedder
from .video_views import WindowViews
from .window_grid import PlacedWindows, WindowGrid, check_windows

_STRIDES_PER_WINDOW = 4  # by default


class Place(NamedTuple):
    """A window that resembles the query more than its surroundings.

    Args:
        start_frame (int): Its first frame.
        end_frame (int): The frame after its last one.
        similarity (float): Cosine similarity of the standardised features, within [-1, 1].
    """

    start_frame: int
    end_frame: int
    similarity: float


@dataclass(frozen=True)
class Localisation:
    """The similarity of a query to all windows of a video.

    Args:
        query (str): Path of the query.
        video (str): Path of the video.
        windows (PlacedWindows): The N windows, with their time stamps.
        similarities (np.ndarray): Shape (N,), float32, within [-1, 1].
        places (list[Place]): The best windows that do not overlap, the best one first.
    """

    query: str
    video: str
    windows: PlacedWindows
    similarities: np.ndarray
    places: List[Place]

    @property
    def median(self) -> float:
        """float: The median similarity: that of a usual window of this video."""
        return float(np.median(self.similarities))

    def seconds(self, place: Place) -> Optional[Tuple[float, float]]:
        """Start and end of a place; None if the frame rate is unknown.

        Args:
            place: One of the places.
        """
        fps = self.windows.fps
        return (place.start_frame / fps, place.end_frame / fps) if fps > 0 else None

    def to_dict(self) -> Dict[str, Any]:
        """All there is to say, as valid JSON; times in seconds, None if fps is unknown."""
        places = []
        for place in self.places:
            start, end = self.seconds(place) or (None, None)
            places.append(dict(place._asdict(), start=start, end=end))
        return dict(
            query=self.query,
            video=self.video,
            places=places,
            median_similarity=self.median,
            similarities=self.similarities.tolist(),
            windows=self.windows.to_dict(),
        )


def localise(
    embedder: VideoEmbedder,
    query: Union[str, os.PathLike],
    video: Union[str, os.PathLike],
    window: Optional[float] = None,
    stride: Optional[float] = None,
    unit: str = 'seconds',
    top: int = 5,
    progress: Callable[[WindowViews], Any] = id,
) -> Localisation:
    """Find the places in a video, possibly hours long, that move like a query.

    The features of the query, as a whole, and of the windows of the video are standardised as the
    protocol says, with the windows as the gallery, and compared by cosine similarity. Among the
    windows, the most similar one is a place; then the most similar one that does not overlap it;
    and so on. There is always a best place: compare its similarity with the median.

    Args:
        embedder (VideoEmbedder): The network and its protocol.
        query (str | PathLike): A short video.
        video (str | PathLike): The video to search.
        window (float, optional): Length of a window. Defaults to that of the query.
        stride (float, optional): Distance of windows. Defaults to a quarter of a window.
        unit (str): Of both, ``'seconds'`` or ``'frames'``. Defaults to ``'seconds'``.
        top (int): Maximum number of places. Defaults to 5.
        progress (Callable): Called with the windows of the video that are embedded.

    Raises:
        VideoError: If a video is missing or broken, or the video is shorter than a window.
        ValueError: If an argument is impossible.

    Example:
        >>> embedder = VideoEmbedder('r3d10-motion')  # doctest: +SKIP
        >>> localise(embedder, 'wave.mp4', 'long.mp4').places[0]  # doctest: +SKIP
        Place(start_frame=3450, end_frame=3500, similarity=0.62)
    """
    if top < 1:
        raise ValueError(f'top={top}: at least 1')
    how = embedder.protocol.standardisation
    if how == 'own_mean':
        raise ValueError("standardisation='own_mean': one query has no mean, use 'gallery'")
    # refuses impossible ones, before any video is read
    asked_for = WindowGrid(1 if window is None else window, stride, unit)
    if window is not None:
        check_windows(asked_for, 'vector', embedder.protocol)
    asked = embedder.embed_windows(query)
    if window is None:
        fps = asked.windows.fps
        if unit == 'seconds' and not fps > 0:
            raise ValueError(f'{query} does not tell its frame rate: give a window')
        window = asked.windows.num_frames / (fps if unit == 'seconds' else 1)
    if stride is None:
        stride = window / _STRIDES_PER_WINDOW
        stride = max(1, round(stride)) if unit == 'frames' else stride
    grid = WindowGrid(window, stride, unit)
    ((_, found),) = embedder.embed_windows_each([video], grid, 'vector', progress)
    if isinstance(found, VideoError):
        raise found
    similarities = _similarities(asked.features[0], found.features, how)
    places = _best_places(found.windows, similarities, top)
    return Localisation(os.fspath(query), os.fspath(video), found.windows, similarities, places)


def _similarities(query: np.ndarray, windows: np.ndarray, how: str) -> np.ndarray:
    """Cosine similarity of a feature (D,) to features (N, D)."""
    gallery = FeatureSet(windows, np.zeros(len(windows), np.int64), [''] * len(windows))
    asked = FeatureSet(query[None], np.zeros(1, np.int64), [''])
    if how != 'none' and not (windows == windows[0]).all():
        gallery, asked, _ = standardise(gallery, asked, how)
    lengths = np.linalg.norm(gallery.features, axis=1) * np.linalg.norm(asked.features)
    # a window that equals the mean has no direction
    return gallery.features @ asked.features[0] / np.maximum(lengths, np.finfo(np.float32).tiny)


def _best_places(windows: PlacedWindows, similarities: np.ndarray, top: int) -> List[Place]:
    """Non-maximum suppression: the best windows without overlaps."""
    length = windows.window_frames
    free = np.ones(len(windows), bool)
    places: List[Place] = []
    for number in np.argsort(-similarities, kind='stable'):
        if len(places) == top:
            break
        if free[number]:
            start = int(windows.start_frames[number])
            free &= np.abs(windows.start_frames - start) >= length
            places.append(Place(start, start + length, float(similarities[number])))
    return places
