"""Sentences that are spoken in videos: subtitles, lists of sentences, and their ids."""

from .model_tokenizer import ModelTokenizer, load_pretrained
from .sentences import NarrationError, Narrations, Sentence, read_sentence_list
from .subtitles import parse_subtitles
from .text_ids import TextIds
from .vocabulary import Vocabulary, read_vectors, words_of

__all__ = [
    'ModelTokenizer',
    'NarrationError',
    'Narrations',
    'Sentence',
    'TextIds',
    'Vocabulary',
    'load_pretrained',
    'parse_subtitles',
    'read_sentence_list',
    'read_vectors',
    'words_of',
]
