"""Features of many videos in one file, and search among them."""

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
from .settings import differences


class Neighbour(NamedTuple):
    """A video found by a search.

    Args:
        path (str): Absolute path.
        similarity (float): Cosine similarity of the standardised features, within [-1, 1].
    """

    path: str
    similarity: float


class EmbeddingIndex:
    """Features of videos with their protocol; all from the same model and protocol.

    Args:
        fingerprint (str): Fingerprint of the backbone's weights.
        protocol (EvaluationProtocol): The protocol of the features.
        recipe (Recipe): The network that computed them.
        checkpoint (str): Location of the weights at that time.

    Attributes:
        files (dict[str, IndexedFile]): Files by path, including broken ones.
        features (dict[str, np.ndarray]): Features (D,) float32 of the usable files, by path.
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
            embedder: The source of weights, config and protocol of the index.
        """
        return cls(embedder.fingerprint, embedder.protocol, embedder.recipe, embedder.checkpoint)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def broken(self) -> List[IndexedFile]:
        """list[IndexedFile]: Files that could not be embedded."""
        return [file for file in self.files.values() if file.reason]

    @property
    def short_videos(self) -> Dict[str, int]:
        """dict[str, int]: Lengths of the videos that are shorter than a clip, by path."""
        return {path: file.short_frames for path, file in self.files.items() if file.short_frames}

    def check(self, embedder: VideoEmbedder) -> None:
        """Refuse a model or protocol that differs from the index.

        Args:
            embedder: The embedder of new features or queries.

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
        differ = differences(asdict(self.protocol), asdict(embedder.protocol))
        differ += differences(asdict(self.recipe), asdict(embedder.recipe), skip=('views',))
        if differ:
            raise ValueError(
                'the index was made with other settings, its features cannot be compared: '
                f'{"; ".join(differ)}. {remedy}'
            )

    def open_embedder(
        self, checkpoint: Optional[str] = None, config: Any = None, **options: Any
    ) -> VideoEmbedder:
        """The embedder that made the index.

        Args:
            checkpoint (str, optional): Current location of the weights. Defaults to the stored one.
            config (str | PathLike | dict, optional): Defaults to the stored recipe.
            options: Options of :class:`VideoEmbedder`; protocol options must match the index.

        Raises:
            ValueError: If the file is missing, or it or the options do not match the index.
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
                f'{path} cannot replace them: {error}'
            ) from None
        self.check(embedder)
        return embedder

    def path_of(self, path: str) -> str:
        """The path of a file in the index, or otherwise its absolute path or URI.

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
        """The feature (D,) of a file if the index has its current content, otherwise None.

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
        """The videos whose features are nearest to a given feature.

        Features are standardised by the mean and the standard deviation of the index, then compared
        by cosine similarity. If all videos of the index have the same feature, they are not
        standardised. The search is exact; ties are in alphabetical order.

        Args:
            feature (np.ndarray): Shape (D,), float32, from an embedder with the same weights.
            top (int): Number of neighbours. Defaults to 10.
            leave_out (str, optional): Path to exclude, such as the query itself.

        Returns:
            list[Neighbour]: The nearest first; all videos if ``top`` is larger than their number.

        Raises:
            ValueError: If there is nothing to find, or ``top`` is not positive.
        """
        if top < 1:
            raise ValueError(f'top={top}: at least 1')
        names = sorted(self.features)
        if not set(names) - {leave_out}:
            raise ValueError('the index has no usable video')
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
        """Write the index atomically: a concurrent reader gets the complete old file.

        Args:
            path: File to write.

        Raises:
            ValueError: If its folder does not exist.
        """
        check_folder(path)
        content = IndexContent(
            self.fingerprint, self.protocol, self.recipe, self.checkpoint, self.files, self.features
        )
        write_content(path, content)

    @staticmethod
    def check_place(path: Union[str, os.PathLike]) -> None:
        """Check whether an index can be written, before hours of work.

        Args:
            path: File to write.

        Raises:
            ValueError: If its folder does not exist.
            OSError: If it cannot be written.
        """
        check_folder(path)
        check_output(path)

    @classmethod
    def load(cls, path: os.PathLike) -> 'EmbeddingIndex':
        """Read an index.

        Args:
            path: File written by :meth:`save`.

        Raises:
            ValueError: If the file does not exist or is not an index; with the remedy.
        """
        content = read_content(path)
        index = cls(content.fingerprint, content.protocol, content.recipe, content.checkpoint)
        index.files, index.features = content.files, content.features
        return index
