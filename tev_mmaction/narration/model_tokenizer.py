"""Tokens of the text models of Hugging Face, and how such models are loaded."""

import hashlib
import json
from typing import Any, List, Tuple

from torch import Tensor

from .text_ids import TextIds

# What tokenisers treat in different ways: capitals, accents, contractions, digits, other scripts.
_PROBE = "Don't STIR 2 Brötchen; ÉCLAIRS, 你好 🥚"

_REMEDY = (
    'Give a folder of `save_pretrained` with model and tokeniser, or the name of a text model on '
    'the Hugging Face hub that is downloaded already or can be'
)


def load_pretrained(loader: str, name: str, key: str, **kwargs) -> Any:
    """Load a model, or what belongs to it, by a class of ``transformers``.

    Args:
        loader (str): The class, such as ``'AutoModel'``.
        name (str): Folder of a model, or its name on the Hugging Face hub.
        key (str): Where the name comes from, for errors.
        **kwargs: Arguments of its ``from_pretrained``.

    Raises:
        ImportError: If ``transformers`` is not installed.
        ValueError: If it cannot load this.
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            f'{key}={name!r} needs transformers, which cannot be imported ({error}): run `pip '
            'install transformers` or `pip install "tev_mmaction[text]"`'
        ) from error
    try:
        # False: else a model with code of its own asks on the terminal whether to run it
        return getattr(transformers, loader).from_pretrained(
            name, trust_remote_code=False, **kwargs
        )
    except Exception as error:  # of transformers, huggingface_hub, tokenizers and safetensors
        reason = ' '.join(str(error).split())
        raise ValueError(
            f'{key}={name!r}: transformers.{loader} cannot load it ({reason}). {_REMEDY}'
        ) from error


class ModelTokenizer(TextIds):
    """The tokeniser of a text model. The id of a token is its number in the model plus 1.

    The token 0 of many models is a word, and their own padding another number. So the ids of this
    package, where 0 is padding, are one more.

    Sentences have the special tokens of the model, such as ``[CLS]`` and ``[SEP]``. Nothing is
    known of a sentence if all of its tokens are special; the token of unknown words is special,
    too.

    Args:
        name (str): Folder of a model, or its name on the Hugging Face hub.
        key (str): Where the name comes from, for errors. Defaults to ``'tokenizer'``.

    Attributes:
        padding (int): The model's own padding; 0 if it has none.

    Raises:
        ImportError, ValueError: See :func:`load_pretrained`; also if the tokeniser has no words.
    """

    def __init__(self, name: str, key: str = 'tokenizer'):
        self.name = name
        self._tokenizer = load_pretrained('AutoTokenizer', name, key)
        self._special = frozenset(self._tokenizer.all_special_ids)
        self.padding: int = self._tokenizer.pad_token_id or 0
        if self._special.issuperset(self._tokenizer.get_vocab().values()):
            # what transformers makes of a model without the files of its tokeniser
            raise ValueError(f'{key}={name!r}: its tokeniser has no words. {_REMEDY}')

    def known_ids(self, text: str, length: int) -> List[int]:
        """See :meth:`TextIds.known_ids`.

        Raises:
            ValueError: If the model's special tokens leave no place, or it takes fewer tokens.
        """
        special = self._tokenizer.num_special_tokens_to_add()
        if length <= special:
            raise ValueError(
                f'num_words={length}: {self.name!r} adds {special} special tokens to every '
                f'sentence; give at least {special + 1}'
            )
        if length > self._tokenizer.model_max_length:
            raise ValueError(
                f'num_words={length}: {self.name!r} takes at most '
                f'{self._tokenizer.model_max_length} tokens; give no more'
            )
        tokens = self._tokenizer(text, truncation=True, max_length=length)['input_ids']
        return [token + 1 for token in tokens] if set(tokens) - self._special else []

    def tokens(self, ids: Tensor) -> Tuple[Tensor, Tensor]:
        """What the model takes for ids.

        Args:
            ids (Tensor): Of :meth:`encode`, any shape, int64.

        Returns:
            tuple[Tensor, Tensor]: Tokens, with the model's own padding; and bool, False where they
            are padding.
        """
        known = ids > 0
        return (ids - 1).masked_fill(~known, self.padding), known

    @property
    def digest(self) -> str:
        """str: Of its tokens, and of how it splits a sentence; equal on all machines."""
        found = [sorted(self._tokenizer.get_vocab().items()), self._tokenizer(_PROBE)['input_ids']]
        return hashlib.sha256(json.dumps(found).encode()).hexdigest()
