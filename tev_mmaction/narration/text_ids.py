"""What turns sentences into the ids that a text encoder takes."""

from abc import ABC, abstractmethod
from typing import List

import numpy as np


class TextIds(ABC):
    """Ids of a sentence's words, or of parts of words, from 1; 0 is padding.

    A sentence of which nothing is known has no id other than 0.
    """

    @abstractmethod
    def known_ids(self, text: str, length: int) -> List[int]:
        """Ids of a sentence, from 1; none if nothing of it is known.

        Args:
            text (str): One sentence.
            length (int): Ids, at most; the end of a longer sentence is left out.
        """

    def encode(self, text: str, length: int) -> np.ndarray:
        """Ids of a sentence, padded with 0 at the end.

        Args:
            text (str): One sentence.
            length (int): Number of ids L; the end of a longer sentence is left out.

        Returns:
            np.ndarray: Shape (L,), int64.
        """
        padded = np.zeros(length, np.int64)
        ids = self.known_ids(text, length)
        padded[: len(ids)] = ids
        return padded
