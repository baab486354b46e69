"""Sentences that are spoken in videos: subtitles, lists of sentences, and vocabularies."""

from .sentences import NarrationError, Narrations, Sentence, read_sentence_list
from .subtitles import parse_subtitles
from .vocabulary import Vocabulary, read_vectors, words_of

__all__ = [
    'NarrationError',
    'Narrations',
    'Sentence',
    'Vocabulary',
    'parse_subtitles',
    'read_sentence_list',
    'read_vectors',
    'words_of',
]
