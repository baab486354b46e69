"""Common base of the text encoders of a head."""

from abc import abstractmethod
from typing import Optional, Sequence

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor

from tev_mmaction.narration import TextIds


class TextEncoder(BaseModule):
    """Sentences to embeddings.

    What the ids mean is part of the checkpoint, so a checkpoint of other ids is refused.

    Args:
        source (str): Where the ids come from, for errors.
        text_ids (TextIds): Turns sentences into ids.
        identity (str): What tells it from others.
        width (int): Width D of embeddings.
        num_words (int): Ids of a sentence in :meth:`encode`.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).

    Attributes:
        letters (Tensor): uint8; ``identity`` in UTF-8.

    Raises:
        ValueError: When loading, if the checkpoint has another identity.
    """

    letters: Tensor
    mismatch: str  # what a checkpoint of another identity has, for errors

    def __init__(
        self,
        source: str,
        text_ids: TextIds,
        identity: str,
        width: int,
        num_words: int,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(init_cfg=init_cfg)
        self.width = width
        self.num_words = num_words
        self._source = source
        self._text_ids = text_ids
        letters = np.frombuffer(identity.encode(), np.uint8)
        self.register_buffer('letters', torch.from_numpy(letters.copy()))

    @property
    @abstractmethod
    def largest_id(self) -> int:
        """int: The largest id that it knows."""

    @abstractmethod
    def forward(self, ids: Tensor) -> Tensor:
        """Embeddings of sentences; finite also for those without an id.

        Args:
            ids (Tensor): Shape (M, L), int64; ids of :class:`TextIds`, 0 for padding.

        Returns:
            Tensor: Shape (M, D).
        """

    def encode(self, sentences: Sequence[str]) -> Tensor:
        """Embeddings of sentences, for a search.

        Args:
            sentences (Sequence[str]): Each with a known word.

        Returns:
            Tensor: Shape (M, D).

        Raises:
            ValueError: If a sentence has no known word.
        """
        ids = np.stack([self._text_ids.encode(each, self.num_words) for each in sentences])
        for sentence, row in zip(sentences, ids):
            if not row.any():
                raise ValueError(f'{sentence!r} has no word of {self._source!r}')
        return self(torch.from_numpy(ids).to(self.letters.device))

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        letters = state_dict.get(f'{prefix}letters', self.letters)
        if not torch.equal(letters.cpu(), self.letters.cpu()):
            raise ValueError(
                f'the checkpoint has {self.mismatch} {self._source!r}: give that of its training'
            )
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
