"""Collect the words that are spoken in the videos of a list, for training with narrations.

    python tools/data/make_vocabulary.py LIST.txt OUT.txt --root FOLDER
    python tools/data/make_vocabulary.py LIST.txt OUT.txt --narrations sentences.jsonl
    python tools/data/make_vocabulary.py LIST.txt OUT.txt --vectors glove.300d.txt

Subtitles are beside the videos, in another folder, or in one list of sentences. With
``--vectors``, OUT has only words that the vector file has, each with its vector. Videos without
sentences are named. The exit status is 0; 3 if a video has no sentences; 1 after an error.
"""

import argparse
import os.path as osp
import sys

import numpy as np

from tev_mmaction.datasets.video_list import read_list
from tev_mmaction.files import check_output, write_file
from tev_mmaction.narration import NarrationError, Narrations, Vocabulary, read_vectors
from tev_mmaction.storage import join


def with_vectors(words: Vocabulary, file: str) -> Vocabulary:
    """The words that a vector file has, with their vectors."""
    found = read_vectors(file, set(words.words))
    known = [word for word in words.words if word in found]
    if not known:
        raise ValueError(f'{file!r} has none of the {len(words)} words: is it a file of vectors?')
    return Vocabulary(known, np.stack([found[word] for word in known]))


def main() -> int:
    """Write the vocabulary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('list', help='`path label` or `path` lines: the training videos')
    parser.add_argument('out', help='file to write: a word per line, the most frequent first')
    parser.add_argument('--root', help='folder of the paths; default: that of the list')
    parser.add_argument(
        '--narrations',
        help='list of sentences (.jsonl), or folder of subtitles; default: beside the videos',
    )
    parser.add_argument(
        '--suffixes', nargs='+', default=['.vtt', '.srt'], help='of subtitles; default: .vtt .srt'
    )
    parser.add_argument('--min-count', type=int, default=1, help='leave out rarer words')
    parser.add_argument('--vectors', help='word vectors in the text format of GloVe or word2vec')
    args = parser.parse_args()
    root = osp.dirname(args.list) if args.root is None else args.root
    texts, silent = [], []
    try:
        check_output(args.out)
        source = Narrations(args.narrations, args.suffixes)
        paths = [path for path, _ in read_list(args.list)]
        for path in paths:
            try:
                texts += [each.text for each in source.of_video(path, join(root, path))]
            except NarrationError as error:
                silent.append(f'no sentences: {path!r} {error}')
        words = Vocabulary.of_texts(texts, args.min_count)
        known = words if args.vectors is None else with_vectors(words, args.vectors)
        write_file(args.out, known.text())
    except (OSError, ValueError) as error:
        print(f'make_vocabulary.py: {error}', file=sys.stderr)
        return 1
    finally:
        print(*silent, sep='\n', end='\n' if silent else '')
    print(
        f'{len(known)} words of {len(texts)} sentences of {len(paths) - len(silent)} of '
        f'{len(paths)} videos in {args.out}'
        + ('' if known is words else f'; {len(words) - len(known)} others have no vector')
    )
    return 3 if silent else 0


if __name__ == '__main__':
    sys.exit(main())
