"""Sentences to embeddings, by the vectors of their words."""

from typing import Optional, Sequence

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from tev_mmaction.narration import Vocabulary


@MODELS.register_module()
class WordEncoder(BaseModule):
    """The text network of MIL-NCE: word vectors, linear, ReLU, maximum over words, linear.

    Word vectors of the vocabulary file stay as they are, as in the paper. If it has only words,
    their vectors are trained. The words are part of the checkpoint, so a sentence can be encoded
    without the file, and a checkpoint of other words is refused.

    Args:
        vocabulary (str): A file of :meth:`Vocabulary.load`.
        width (int): Width D of embeddings. Defaults to 512.
        hidden (int): Width of the hidden layer. Defaults to 2048.
        word_dim (int): Width of word vectors. Defaults to 300.
        num_words (int): Words of a sentence in :meth:`encode`. Defaults to 16.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).

    Attributes:
        letters (Tensor): uint8; the words in UTF-8, joined by line breaks.

    Raises:
        FileNotFoundError, ValueError: If the vocabulary cannot be used, or its vectors have another
            width; when loading, if the checkpoint has other words.
    """

    letters: Tensor

    def __init__(
        self,
        vocabulary: str,
        width: int = 512,
        hidden: int = 2048,
        word_dim: int = 300,
        num_words: int = 16,
        init_cfg: Optional[dict] = None,
    ):
        super().__init__(init_cfg=init_cfg)
        known = Vocabulary.load(vocabulary)
        self.vocabulary = vocabulary
        self.width = width
        self.num_words = num_words
        self.words = nn.Embedding(len(known) + 1, word_dim, padding_idx=0)
        if known.vectors is not None:
            if known.vectors.shape[1] != word_dim:
                raise ValueError(
                    f'word_dim={word_dim}: the vectors of {vocabulary!r} have '
                    f'{known.vectors.shape[1]} numbers; set it to that'
                )
            self.words.weight.data[1:] = torch.from_numpy(known.vectors)
            self.words.weight.requires_grad_(False)
        self.first = nn.Linear(word_dim, hidden)
        self.last = nn.Linear(hidden, width)
        letters = np.frombuffer('\n'.join(known.words).encode(), np.uint8)
        self.register_buffer('letters', torch.from_numpy(letters.copy()))

    @property
    def largest_id(self) -> int:
        """int: Number of words."""
        return self.words.num_embeddings - 1

    def forward(self, ids: Tensor) -> Tensor:
        """Embeddings of sentences.

        Args:
            ids (Tensor): Shape (M, L), int64; ids of words, 0 for padding.

        Returns:
            Tensor: Shape (M, D).
        """
        words = self.first(self.words(ids)).relu()
        # the least value behind a ReLU: padding never is the maximum
        return self.last(words.masked_fill((ids == 0)[..., None], 0).amax(dim=1))

    def encode(self, sentences: Sequence[str]) -> Tensor:
        """Embeddings of sentences, for a search.

        Args:
            sentences (Sequence[str]): Each with a known word.

        Returns:
            Tensor: Shape (M, D).

        Raises:
            ValueError: If a sentence has no known word.
        """
        known = Vocabulary(bytes(self.letters.tolist()).decode().split('\n'))
        ids = np.stack([known.encode(sentence, self.num_words) for sentence in sentences])
        for sentence, row in zip(sentences, ids):
            if not row.any():
                raise ValueError(f'{sentence!r} has none of the {len(known)} known words')
        return self(torch.from_numpy(ids).to(self.letters.device))

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        letters = state_dict.get(f'{prefix}letters', self.letters)
        if not torch.equal(letters.cpu(), self.letters.cpu()):
            raise ValueError(
                f'the checkpoint has other words than the vocabulary {self.vocabulary!r}: give the '
                'vocabulary of its training'
            )
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
