"""The sentences that are spoken about the time of each clip."""

from typing import Dict, List, Optional, Sequence

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from tev_mmaction.narration import (
    ModelTokenizer,
    NarrationError,
    Narrations,
    Sentence,
    TextIds,
    Vocabulary,
)
from tev_mmaction.narration.sentences import SUFFIXES

from ..readers import VideoError


@TRANSFORMS.register_module()
class ClipText(BaseTransform):
    """Looks up the sentences that are nearest in time to every clip (MIL-NCE's candidates).

    Frame i is taken to be shown from i / r to (i + 1) / r seconds, with the average frame rate r of
    the file, so times of a file with a variable frame rate are approximate. The distance of a
    sentence is the gap between it and the clip, 0 if they overlap; equally near ones are ordered by
    the distance of their middles, then by start. Sentences without a known word are left out
    before.

    Put it first: frames of a video without sentences are then not decoded. In the training of
    :class:`ClipPairDataset`, such a video is replaced, named and counted like a broken one. Clips
    may be played at any speed, but backwards or mirrored they no longer show what is said.

    Args:
        vocabulary (str, optional): For :class:`WordEncoder`: a file of :meth:`Vocabulary.load`,
            made by ``tools/data/make_vocabulary.py``. Defaults to None.
        narrations (str, optional): Source of the sentences, see :class:`Narrations`. None: subtitle
            files beside the videos. Defaults to None.
        suffixes (Sequence[str]): Of subtitle files. Defaults to ``('.vtt', '.srt')``.
        num_sentences (int): Sentences k per clip. Defaults to 5, as in the paper.
        num_words (int): Words L per sentence, or tokens, special ones included; further ones are
            left out. Defaults to 16, as in the paper.
        backend_args (dict, optional): Arguments of mmengine's file backend, for the sentences.
            None: those of the dataset. Defaults to None.
        tokenizer (str, optional): For :class:`HuggingFaceTextEncoder`, instead of ``vocabulary``:
            its model, whose tokens are the words, see :class:`ModelTokenizer`. Defaults to None.

    Required keys: ``path``, ``filename``, ``avg_fps``, ``frame_inds``, ``num_clips``, ``clip_len``,
    ``backend_args`` of :class:`ClipPairDataset`. Added key: ``text``, int64 (num_clips, k, L), ids
    of :class:`TextIds`; 0 is padding, of words and of whole sentences. Name it in
    ``PackActionInputs(meta_keys=...)``.

    Raises:
        VideoError: If a video has no sentence with a known word, or no known frame rate.
        FileNotFoundError, ValueError: If the vocabulary, the tokeniser or a list of sentences
            cannot be used, or not exactly one of the first two is given.
        ImportError: If ``tokenizer`` is given and ``transformers`` is not installed.
    """

    def __init__(
        self,
        vocabulary: Optional[str] = None,
        narrations: Optional[str] = None,
        suffixes: Sequence[str] = SUFFIXES,
        num_sentences: int = 5,
        num_words: int = 16,
        backend_args: Optional[dict] = None,
        tokenizer: Optional[str] = None,
    ):
        if (vocabulary is None) == (tokenizer is None):
            raise ValueError(
                f'vocabulary={vocabulary!r}, tokenizer={tokenizer!r} of ClipText: give one of '
                'them, a vocabulary for WordEncoder or the model of HuggingFaceTextEncoder'
            )
        for name, value in dict(num_sentences=num_sentences, num_words=num_words).items():
            if value < 1:
                raise ValueError(f'{name}={value}: at least 1')
        self.vocabulary = vocabulary
        self.tokenizer = tokenizer
        self.narrations = narrations
        self.suffixes = tuple(suffixes)
        self.num_sentences = num_sentences
        self.num_words = num_words
        self.backend_args = backend_args
        self._source = Narrations(narrations, suffixes)
        self._text_ids: Optional[TextIds] = None

    def transform(self, results: Dict) -> Dict:
        """Add ``text``."""
        if self._text_ids is None:  # in the process that needs it
            self._text_ids = self._load()
        filename, rate = results['filename'], results['avg_fps']
        if not rate > 0:
            raise VideoError(
                filename, 'does not tell its frame rate, so no clip has a time: encode it anew'
            )
        own = self.backend_args
        backend_args = results['backend_args'] if own is None else own
        try:
            sentences = self._source.of_video(results['path'], filename, backend_args)
        except NarrationError as error:
            raise VideoError(filename, str(error)) from None
        ids = {each: self._text_ids.encode(each.text, self.num_words) for each in sentences}
        known = [sentence for sentence in sentences if ids[sentence].any()]
        if not known:
            source = self.vocabulary or self.tokenizer
            raise VideoError(filename, f'has no sentence with a word of {source!r}')
        clips = np.reshape(results['frame_inds'], (results['num_clips'], results['clip_len']))
        text = np.zeros((len(clips), self.num_sentences, self.num_words), np.int64)
        for clip, row in zip(clips, text):
            near = nearest(known, clip.min() / rate, (clip.max() + 1) / rate, self.num_sentences)
            row[: len(near)] = [ids[sentence] for sentence in near]
        results['text'] = text
        return results

    def _load(self) -> TextIds:
        if self.tokenizer is not None:
            return ModelTokenizer(self.tokenizer, 'tokenizer of ClipText')
        return Vocabulary.load(str(self.vocabulary), with_vectors=False)

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(vocabulary={self.vocabulary!r}, '
            f'tokenizer={self.tokenizer!r}, narrations={self.narrations!r}, '
            f'suffixes={self.suffixes}, num_sentences={self.num_sentences}, '
            f'num_words={self.num_words})'
        )


def nearest(sentences: Sequence[Sentence], start: float, end: float, number: int) -> List[Sentence]:
    """The sentences nearest to an interval, at most so many, the nearest first.

    Args:
        sentences (Sequence[Sentence]): By start.
        start (float): Of the interval, in seconds.
        end (float): Of the interval.
        number (int): How many, at most.
    """

    def distance(sentence: Sentence) -> tuple:
        gap = max(sentence.start - end, start - sentence.end, 0.0)
        return gap, abs(sentence.start + sentence.end - start - end)

    return sorted(sentences, key=distance)[:number]
