"""A file with the motion tracks of many videos."""

from typing import Dict, Mapping

import numpy as np

from tev_mmaction.files import replacing

from .statistics import WIDTH, Track, mirror, reverse


class MotionTracks:
    """Tracks by the paths of their videos, and statistics of their columns.

    Args:
        tracks (Mapping[str, Track]): Tracks by path, as in lists.

    Attributes:
        mean (np.ndarray): Shape (14,), mean of all rows, with reversed and mirrored rows, so that
            it is zero if a reversed or mirrored motion has the opposite value.
        std (np.ndarray): Shape (14,), standard deviation of the same rows; at least a small
            positive number.

    Raises:
        ValueError: If there is no track.
    """

    def __init__(self, tracks: Mapping[str, Track]):
        if not tracks:
            raise ValueError('there is no motion track')
        self._tracks: Dict[str, Track] = dict(tracks)
        rows = np.concatenate([track.rows for track in self._tracks.values()])
        rows = np.concatenate([rows, reverse(rows)])
        rows = np.concatenate([rows, mirror(rows)]).astype(np.float64)
        self.mean, self.std = rows.mean(axis=0), rows.std(axis=0) + 1e-8

    def __len__(self) -> int:
        return len(self._tracks)

    def __contains__(self, path: str) -> bool:
        return path in self._tracks

    def __getitem__(self, path: str) -> Track:
        return self._tracks[path]

    def save(self, file: str) -> None:
        """Write a ``.npz`` file without pickles, atomically.

        Args:
            file: File to write, ``.npz``.
        """
        tracks = self._tracks.values()
        paths = '\0'.join(self._tracks).encode('utf-8', 'surrogateescape')
        with replacing(file) as part, open(part, 'wb') as stream:
            np.savez_compressed(
                stream,
                paths=np.frombuffer(paths, np.uint8),
                rows=np.concatenate([track.rows for track in tracks]),
                counts=np.array([(len(t.rows), t.num_frames) for t in tracks], np.int64),
            )

    @classmethod
    def load(cls, file: str) -> 'MotionTracks':
        """Read a file of :meth:`save`.

        Args:
            file: File written by :meth:`save`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file is of another kind, or damaged.
        """
        try:
            with np.load(file, allow_pickle=False) as stored:
                paths, rows, counts = (stored[name] for name in ('paths', 'rows', 'counts'))
            names = bytes(paths).decode('utf-8', 'surrogateescape').split('\0')
        except FileNotFoundError:
            raise FileNotFoundError(
                f'there are no motion tracks {file!r}: make them with '
                '`python tools/data/motion_tracks.py`'
            ) from None
        except Exception as error:  # zip, numpy and unicode have errors of their own
            raise ValueError(f'{file!r} cannot be read as motion tracks: {error}') from error
        if rows.ndim != 2 or rows.shape[1] != WIDTH or len(names) != len(counts):
            raise ValueError(f'{file!r} holds no motion tracks of this version: make them anew')
        parts = np.split(rows, np.cumsum(counts[:-1, 0]))
        return cls(
            {name: Track(part, int(count)) for name, part, count in zip(names, parts, counts[:, 1])}
        )

    def normalised(self, values: np.ndarray) -> np.ndarray:
        """Values (..., 14) standardised with mean and standard deviation, float32.

        Args:
            values: Shape (..., 14), in the units of the tracks.
        """
        return ((values - self.mean) / self.std).astype(np.float32)
