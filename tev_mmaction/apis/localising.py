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
        similarity (float): Mean cosine similarity of the standardised features, in [-1, 1].
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
    progress: Optional[Callable[[WindowViews], Any]] = None,
) -> Localisation:
    """Find the places in a video, possibly hours long, that move like a query.

    The query is cut into windows of the same length, which overlap by half. The features of the
    windows of query and video are standardised as the protocol says, with the video as the gallery.
    The similarity of a window of the video is its mean cosine similarity to those of the query.
    The most similar window is a place; then the most similar one that does not overlap it; and so
    on. There is always a best place, also where nothing moves like the query.

    Args:
        embedder (VideoEmbedder): The network and its protocol.
        query (str | PathLike): A short video.
        video (str | PathLike): The video to search.
        window (float, optional): Length of a window. Defaults to half of the query, but at least
            the frames of a clip; a whole query would seldom lie within what it resembles.
        stride (float, optional): Distance of windows. Defaults to a quarter of a window.
        unit (str): Of both, ``'seconds'`` or ``'frames'``. Defaults to ``'seconds'``.
        top (int): Maximum number of places. Defaults to 5.
        progress (Callable, optional): Called with the windows of the video that are embedded.

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
    given = WindowGrid(1 if window is None else window, stride, unit)
    if window is not None:
        check_windows(given, 'vector', embedder.protocol)
    asked = embedder.embed_windows(query)
    frames, fps = asked.windows.num_frames, asked.windows.fps
    if unit == 'seconds' and not fps > 0:
        raise ValueError(f"{query} does not tell its frame rate: give windows with unit='frames'")
    rate = fps if unit == 'seconds' else 1
    if window is None:
        window = min(frames, max(-(-frames // 2), embedder.frames_of_a_clip)) / rate
    if stride is None:
        stride = window / _STRIDES_PER_WINDOW
        stride = max(1, round(stride)) if unit == 'frames' else stride
    if round(window * rate) < frames:
        step = max(1, round(window * rate / 2))
        asked = embedder.embed_windows(query, round(window * rate), step, 'frames')
    grid = WindowGrid(window, stride, unit)
    ((_, found),) = embedder.embed_windows_each([video], grid, 'vector', progress)
    if isinstance(found, VideoError):
        raise found
    similarities = _similarities(asked.features, found.features, how)
    places = _best_places(found.windows, similarities, top)
    return Localisation(os.fspath(query), os.fspath(video), found.windows, similarities, places)


def _similarities(query: np.ndarray, windows: np.ndarray, how: str) -> np.ndarray:
    """Mean cosine similarity of features (Q, D) to each of (N, D)."""
    gallery = _set(windows)
    asked = _set(query)
    if how != 'none' and not (windows == windows[0]).all():
        gallery, asked, _ = standardise(gallery, asked, how)
    return _unit(gallery.features) @ _unit(asked.features).mean(axis=0)


def _set(features: np.ndarray) -> FeatureSet:
    return FeatureSet(features, np.zeros(len(features), np.int64), [''] * len(features))


def _unit(features: np.ndarray) -> np.ndarray:
    """Rows of length 1; a row of zeros, which equals the mean, has no direction and stays."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.maximum(lengths, np.finfo(np.float32).tiny)


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
