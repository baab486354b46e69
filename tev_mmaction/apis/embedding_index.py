"""Features of many videos in one file, and the search among them."""

import json
import os
from dataclasses import asdict
from typing import Any, Dict, List, NamedTuple, Optional, Union

import numpy as np

from tev_mmaction.files import check_output
from tev_mmaction.storage import is_uri

from ..evaluation import (
    EvaluationProtocol,
    FeatureSet,
    l2_normalise,
    nearest_neighbours,
    standardise,
)
from ..weights import find_weights, is_address
from .embedder import VideoEmbedder
from .index_format import IndexContent, IndexedFile, check_folder, read_content, write_content
from .recipe import Recipe


class Neighbour(NamedTuple):
    """A video that was found.

    Args:
        path (str): Absolute.
        similarity (float): Cosine similarity of the standardised features, within [-1, 1].
    """

    path: str
    similarity: float


class EmbeddingIndex:
    """Features of videos, and how they were made; never of two models or protocols.

    Args:
        fingerprint (str): Of the backbone's weights.
        protocol (EvaluationProtocol): How videos were made features.
        recipe (Recipe): What computed them.
        checkpoint (str): Where the weights were.

    Attributes:
        files (dict[str, IndexedFile]): By path, broken ones included.
        features (dict[str, np.ndarray]): By path, (D,) float32, of the usable ones.
    """

    def __init__(
        self, fingerprint: str, protocol: EvaluationProtocol, recipe: Recipe, checkpoint: str
    ):
        self.fingerprint = fingerprint
        self.protocol = protocol
        self.recipe = recipe
        self.checkpoint = checkpoint
        self.files: Dict[str, IndexedFile] = {}
        self.features: Dict[str, np.ndarray] = {}

    @classmethod
    def of(cls, embedder: VideoEmbedder) -> 'EmbeddingIndex':
        """An empty index, for the features of an embedder.

        Args:
            embedder: Its weights, config and protocol are those of the index.
        """
        return cls(embedder.fingerprint, embedder.protocol, embedder.recipe, embedder.checkpoint)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def broken(self) -> List[IndexedFile]:
        """list[IndexedFile]: Files that were tried in vain."""
        return [file for file in self.files.values() if file.reason]

    @property
    def short_videos(self) -> Dict[str, int]:
        """dict[str, int]: Frames of the videos that are shorter than a clip, by path."""
        return {path: file.short_frames for path, file in self.files.items() if file.short_frames}

    def check(self, embedder: VideoEmbedder) -> None:
        """Refuse another model or protocol than that of the index.

        Args:
            embedder: Makes the features that are to be added or searched with.

        Raises:
            ValueError: If features of the embedder are not comparable with those of the index.
        """
        remedy = 'Use another index file, or delete this one'
        if embedder.fingerprint != self.fingerprint:
            raise ValueError(
                f'the index was made with weights {self.fingerprint} of {self.checkpoint}, not '
                f'with {embedder.fingerprint} of {embedder.checkpoint}: their features cannot be '
                f'compared. {remedy}'
            )
        differ = _differences(asdict(self.protocol), asdict(embedder.protocol))
        differ += _differences(asdict(self.recipe), asdict(embedder.recipe), skip=('views',))
        if differ:
            raise ValueError(
                'the index was made in another way, its features cannot be compared: '
                f'{"; ".join(differ)}. {remedy}'
            )

    def open_embedder(
        self, checkpoint: Optional[str] = None, config: Any = None, **options: Any
    ) -> VideoEmbedder:
        """The embedder that made the index.

        Args:
            checkpoint (str, optional): Where the weights are now. Defaults to where they were.
            config (str | PathLike | dict, optional): Defaults to what the index knows.
            options: Of :class:`VideoEmbedder`; of the protocol, they must be those of the index.

        Raises:
            ValueError: If the file is gone, or it or the options are not those of the index.
        """
        path = checkpoint or self.checkpoint
        if not (is_address(path) or find_weights(path) or os.path.isfile(path)):
            known = '' if checkpoint else ', which the index was made with,'
            raise ValueError(f'the checkpoint {path}{known} does not exist: say where it is')
        try:
            embedder = VideoEmbedder(
                path, config=config or self.recipe, **{**asdict(self.protocol), **options}
            )
        except ValueError as error:
            raise ValueError(
                f'the index was made with weights {self.fingerprint} of {self.checkpoint}, and '
                f'{path} does not serve in their place: {error}'
            ) from None
        self.check(embedder)
        return embedder

    def path_of(self, path: str) -> str:
        """The path by which the index knows a file, or else its absolute path or URI.

        Args:
            path: Path or URI of a video.
        """
        if is_uri(path):
            return path
        path = os.path.abspath(path)
        if path in self.files:
            return path
        real = os.path.realpath(path)  # another name of a file: a link, or in a linked folder
        return real if real in self.files else path

    def feature_of(self, path: str) -> Optional[np.ndarray]:
        """The feature (D,) of a file that the index holds as it is now, else None.

        Args:
            path: Path or URI of a video.
        """
        entry = self.files.get(self.path_of(path))
        if entry is None or entry.reason or not os.path.isfile(entry.path):
            return None
        status = os.stat(entry.path)
        same = (entry.size, entry.mtime) == (status.st_size, status.st_mtime_ns)
        return self.features[entry.path] if same else None

    def search(
        self, feature: np.ndarray, top: int = 10, leave_out: Optional[str] = None
    ) -> List[Neighbour]:
        """The videos whose features are nearest to one.

        Features are standardised by the mean and the standard deviation of the index, then compared
        by cosine similarity; where all videos of the index have one feature, there is nothing to
        standardise by. The search is exact; equals are in alphabetical order.

        Args:
            feature (np.ndarray): Shape (D,), float32, of an embedder of the same weights.
            top (int): How many. Defaults to 10.
            leave_out (str, optional): Path that is not to be found, as the query itself.

        Returns:
            list[Neighbour]: The nearest first; as many as there are where ``top`` is larger.

        Raises:
            ValueError: If there is nothing to find, or ``top`` is not positive.
        """
        if top < 1:
            raise ValueError(f'top={top}: at least 1')
        names = sorted(self.features)
        if not set(names) - {leave_out}:
            raise ValueError('the index holds no usable video to be found')
        matrix = np.stack([self.features[name] for name in names])
        gallery = FeatureSet(matrix, np.zeros(len(names), np.int64), names)
        query = FeatureSet(np.asarray(feature, np.float32)[None], np.zeros(1, np.int64), ['query'])
        how = 'none' if (matrix == matrix[0]).all() else self.protocol.standardisation
        if how != 'none':
            gallery, query, _ = standardise(gallery, query, how)
        found, similarities = nearest_neighbours(
            l2_normalise(query).features,
            l2_normalise(gallery).features,
            min(top + (leave_out in self.features), len(names)),
        )
        neighbours = [
            Neighbour(names[index], float(similarity))
            for index, similarity in zip(found[0], similarities[0])
        ]
        return [neighbour for neighbour in neighbours if neighbour.path != leave_out][:top]

    def save(self, path: os.PathLike) -> None:
        """Write the index; whoever reads the file meanwhile finds the old one, whole.

        Args:
            path: File to write.

        Raises:
            ValueError: If there is no folder to write it to.
        """
        check_folder(path)
        content = IndexContent(
            self.fingerprint, self.protocol, self.recipe, self.checkpoint, self.files, self.features
        )
        write_content(path, content)

    @staticmethod
    def check_place(path: Union[str, os.PathLike]) -> None:
        """Try whether an index can be written, before the work of hours begins.

        Args:
            path: File that will be written.

        Raises:
            ValueError: If there is no folder to write it to.
            OSError: If it cannot be written.
        """
        check_folder(path)
        check_output(path)

    @classmethod
    def load(cls, path: os.PathLike) -> 'EmbeddingIndex':
        """Read an index.

        Args:
            path: File that :meth:`save` wrote.

        Raises:
            ValueError: If there is none, or the file is something else; with the remedy.
        """
        content = read_content(path)
        index = cls(content.fingerprint, content.protocol, content.recipe, content.checkpoint)
        index.files, index.features = content.files, content.features
        return index


def _differences(known: dict, given: dict, skip: tuple = ()) -> List[str]:
    """``key old, not new`` of all that differs; JSON's lists equal tuples."""
    return [
        f'{key} {known[key]}, not {given[key]}'
        for key in known
        if key not in skip and _plain(known[key]) != _plain(given[key])
    ]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
