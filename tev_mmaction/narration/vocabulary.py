"""Words and their ids; optionally, their vectors."""

import re
import unicodedata
from collections import Counter
from typing import Collection, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from tev_mmaction.texts import decode, lines_of, read_bytes

from .text_ids import TextIds

# In a text of letters, their marks, digits, apostrophes and blanks.
_WORD = re.compile(r"[^\W_][^\s']*(?:'[^\W_][^\s']*)*")
_BLANKS = re.compile(r'[ \t]+')  # other spaces can be words of a file
_REMEDY = 'make it with `python tools/data/make_vocabulary.py`'


def words_of(text: str) -> List[str]:
    """The words of a sentence, in lower case; letters with their marks, digits, inner apostrophes.

    Composed and decomposed characters are the same (Unicode's NFC).

    Args:
        text (str): One sentence.

    Example:
        >>> words_of("Don't stir; add 2 eggs.")
        ["don't", 'stir', 'add', '2', 'eggs']
    """
    text = unicodedata.normalize('NFC', text.lower()).replace('’', "'")
    return _WORD.findall(text.translate(_IN_WORDS))


class _InWords(dict):
    """What words have of a character: itself, or nothing, or a blank; for ``str.translate``."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == 'Me' or '\ufe00' <= character <= '\ufe0f':  # of emoji: keycaps, variations
            self[code] = ''
        else:
            self[code] = character if character == "'" or kind[0] in 'LMN' else ' '
        return self[code]


_IN_WORDS = _InWords()


class Vocabulary(TextIds):
    """Words with ids 1, 2, … in their order; 0 is padding.

    Args:
        words (Sequence[str]): All different, without blanks.
        vectors (np.ndarray, optional): Shape (W, D), float32; vectors of the words.

    Raises:
        ValueError: If there is no word, one comes twice, or the vectors are not one per word.

    Example:
        >>> Vocabulary(['stir', 'eggs']).encode('Stir the eggs', 4)
        array([1, 2, 0, 0])
    """

    def __init__(self, words: Sequence[str], vectors: Optional[np.ndarray] = None):
        self.words = tuple(words)
        self.vectors = vectors
        self._ids: Dict[str, int] = {word: number for number, word in enumerate(self.words, 1)}
        if not self.words:
            raise ValueError(f'a vocabulary has no word: {_REMEDY}')
        if len(self._ids) < len(self.words):
            ((word, _),) = Counter(self.words).most_common(1)
            raise ValueError(f'a vocabulary has {word!r} twice: {_REMEDY}')
        if vectors is not None and (vectors.ndim != 2 or len(vectors) != len(self.words)):
            raise ValueError(f'vectors of shape {vectors.shape} for {len(self.words)} words')

    def __len__(self) -> int:
        return len(self.words)

    def known_ids(self, text: str, length: int) -> List[int]:
        """See :meth:`TextIds.known_ids`; unknown words are left out."""
        return [self._ids[word] for word in words_of(text) if word in self._ids][:length]

    @classmethod
    def of_texts(cls, texts: Iterable[str], min_count: int = 1) -> 'Vocabulary':
        """The words of texts, the most frequent first, equally frequent ones by alphabet.

        Args:
            texts (Iterable[str]): Sentences.
            min_count (int): Rarer words are left out. Defaults to 1.
        """
        counts = Counter(word for text in texts for word in words_of(text))
        known = [word for word, count in counts.items() if count >= min_count]
        return cls(sorted(known, key=lambda word: (-counts[word], word)))

    @classmethod
    def load(cls, file: str, with_vectors: bool = True) -> 'Vocabulary':
        """Read a file in UTF-8, with a word per line, each followed by its vector, or none.

        Files of word vectors in the text formats of word2vec and GloVe are of this kind; word2vec's
        first line, which has two numbers, is left out.

        Args:
            file (str): Path or URI.
            with_vectors (bool): Read the vectors, if there are any. Defaults to True.

        Raises:
            FileNotFoundError: If the file cannot be read.
            ValueError: If it is not in UTF-8, has no words, or a line has another number of fields.
        """
        try:
            content = read_bytes(file)
        except Exception as error:  # each backend raises its own errors
            raise FileNotFoundError(
                f'the vocabulary {file!r} cannot be read: {_REMEDY}, from the narrations of the '
                'training videos'
            ) from error
        words, rows = [], []
        for number, (word, *vector) in _fields(lines_of(decode(content, file)), file):
            words.append(word)
            if with_vectors and vector:
                rows.append(_vector(vector, file, number))
        try:
            return cls(words, np.stack(rows) if rows else None)
        except ValueError as error:
            raise ValueError(f'{file!r}: {error}') from None

    def text(self) -> str:
        """The content of a file for :meth:`load`."""
        if self.vectors is None:
            return ''.join(f'{word}\n' for word in self.words)
        rows = (' '.join(f'{value:.6g}' for value in row) for row in self.vectors.tolist())
        return ''.join(f'{word} {row}\n' for word, row in zip(self.words, rows))


def read_vectors(file: str, words: Collection[str]) -> Dict[str, np.ndarray]:
    """Vectors of some words from a large file of :meth:`Vocabulary.load`, read line by line.

    Args:
        file (str): Local path.
        words (Collection[str]): The words; those that the file lacks are left out.

    Returns:
        dict[str, np.ndarray]: Vectors (D,), float32, by word.

    Raises:
        ValueError: See :meth:`Vocabulary.load`.
    """
    with open(file, encoding='utf-8', errors='replace') as lines:
        return {
            fields[0]: _vector(fields[1:], file, number)
            for number, fields in _fields(lines, file)
            if fields[0] in words
        }


def _fields(lines: Iterable[str], file: str) -> Iterator[Tuple[int, List[str]]]:
    """Numbers and fields of lines. The words of some files have blanks, vectors have none."""
    width = 0
    for number, line in enumerate(lines, 1):
        line = line.strip(' \t\r\n')
        if not line or (number == 1 and re.fullmatch(r'\d+ \d+', line)):
            continue
        parts = _BLANKS.split(line)
        width = width or len(parts)
        word = len(parts) - width + 1
        if word < 1 or (width == 1 and word > 1):
            raise ValueError(
                f'{file!r}, line {number}: has {len(parts)} fields, and the first word '
                f'{width}. A line is a word, or a word and its vector; {_REMEDY}'
            )
        yield number, [' '.join(parts[:word]), *parts[word:]]


def _vector(fields: Sequence[str], file: str, number: int) -> np.ndarray:
    try:
        return np.array(fields, np.float32)
    except ValueError:
        raise ValueError(
            f'{file!r}, line {number}: {fields[0]!r}, ... are no numbers. A line is a word, or a '
            f'word and its vector; {_REMEDY}'
        ) from None
