"""Sentences to embeddings, by the vectors of their words."""

from typing import Optional

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from tev_mmaction.narration import Vocabulary

from .text_encoder import TextEncoder


@MODELS.register_module()
class WordEncoder(TextEncoder):
    """The text network of MIL-NCE: word vectors, linear, ReLU, maximum over words, linear.

    Word vectors of the vocabulary file stay as they are, as in the paper. If it has only words,
    their vectors are trained. The words are part of the checkpoint, and a checkpoint of other words
    is refused.

    Args:
        vocabulary (str): A file of :meth:`Vocabulary.load`.
        width (int): Width D of embeddings. Defaults to 512.
        hidden (int): Width of the hidden layer. Defaults to 2048.
        word_dim (int): Width of word vectors. Defaults to 300.
        num_words (int): Words of a sentence in :meth:`encode`. Defaults to 16.
        init_cfg (dict, optional): Initialisation. Defaults to None (PyTorch's).

    Raises:
        FileNotFoundError, ValueError: If the vocabulary cannot be used, or its vectors have another
            width; when loading, if the checkpoint has other words.
    """

    mismatch = 'other words than the vocabulary'

    def __init__(
        self,
        vocabulary: str,
        width: int = 512,
        hidden: int = 2048,
        word_dim: int = 300,
        num_words: int = 16,
        init_cfg: Optional[dict] = None,
    ):
        known = Vocabulary.load(vocabulary)
        words = Vocabulary(known.words)  # without the vectors, which self.words has
        super().__init__(vocabulary, words, '\n'.join(words.words), width, num_words, init_cfg)
        self.vocabulary = vocabulary
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

    @property
    def largest_id(self) -> int:
        """int: Number of words."""
        return self.words.num_embeddings - 1

    def forward(self, ids: Tensor) -> Tensor:
        """See :meth:`TextEncoder.forward`."""
        words = self.first(self.words(ids)).relu()
        # the least value behind a ReLU: padding never is the maximum
        return self.last(words.masked_fill((ids == 0)[..., None], 0).amax(dim=1))
