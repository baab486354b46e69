import json
import pickle

import numpy as np
import pytest

from helpers import build_dataset, dataset_cfg, metainfos
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.datasets.transforms import ClipText
from tev_mmaction.narration import Sentence, Vocabulary

WORDS = ('zero', 'one', 'two', 'three', 'four', 'five')
FPS = 25


@pytest.fixture
def vocabulary(tmp_path):
    file = tmp_path / 'words.txt'
    file.write_text(Vocabulary(WORDS).text())
    return str(file)


def spoken(tmp_path, *sentences, path='a.mp4'):
    """A list of sentences, each of a start, an end, and words."""
    file = tmp_path / f'{len(list(tmp_path.iterdir()))}.jsonl'
    lines = (dict(path=path, start=start, end=end, text=text) for start, end, text in sentences)
    file.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    return str(file)


def results_of(*clips, rate=FPS):
    return dict(
        path='a.mp4',
        filename='videos/a.mp4',
        avg_fps=rate,
        frame_inds=np.concatenate(clips),
        num_clips=len(clips),
        clip_len=len(clips[0]),
        backend_args=None,
    )


def distance(sentence, start, end):
    if sentence.start <= end and start <= sentence.end:
        return 0.0
    return min(abs(sentence.start - end), abs(start - sentence.end))


def test_every_clip_gets_the_sentences_nearest_in_time(tmp_path, vocabulary):
    rng = np.random.default_rng(0)
    starts = rng.uniform(0, 12, 6)
    sentences = [
        Sentence(start, start + rng.uniform(0, 2), word) for start, word in zip(starts, WORDS)
    ]
    transform = ClipText(vocabulary, spoken(tmp_path, *sentences), num_sentences=3, num_words=2)
    clips = [np.arange(0, 32, 2), np.arange(100, 116), np.arange(290, 274, -1)]
    text = transform(results_of(*clips))['text']
    assert text.shape == (3, 3, 2) and text.dtype == np.int64
    for clip, found in zip(clips, text):
        start, end = min(clip) / FPS, (max(clip) + 1) / FPS
        gaps = {n: distance(each, start, end) for n, each in enumerate(sentences, 1)}
        chosen = found[:, 0].tolist()
        assert len(set(chosen)) == 3 and not found[:, 1].any()
        assert [gaps[n] for n in chosen] == sorted(gaps.values())[:3]


def test_equally_near_sentences_are_ordered_by_their_middles_then_by_start(tmp_path, vocabulary):
    said = ((0.0, 0.5, 'one'), (2.0, 2.5, 'two'), (0.0, 4.0, 'three'), (1.5, 2.5, 'four'))
    transform = ClipText(vocabulary, spoken(tmp_path, *said), num_sentences=4, num_words=1)
    text = transform(results_of(np.arange(25, 75)))['text']  # from 1 to 3 seconds
    assert [WORDS[n - 1] for n in text[0, :, 0]] == ['three', 'four', 'two', 'one']


def test_few_sentences_are_padded_and_long_ones_are_cut(tmp_path, vocabulary):
    said = ((0, 1, 'One unknown two, three four'), (5, 6, 'unknown'), (9, 9, 'five'))
    transform = ClipText(vocabulary, spoken(tmp_path, *said), num_sentences=3, num_words=3)
    text = transform(results_of(np.arange(16)))['text']
    assert text.tolist() == [[[2, 3, 4], [6, 0, 0], [0, 0, 0]]]


@pytest.mark.parametrize(
    ('said', 'rate', 'message'),
    [
        ((0, 1, 'one'), 0.0, 'does not tell its frame rate'),
        ((0, 1, 'unknown'), FPS, r'has no sentence with a word of .*words\.txt'),
        (None, FPS, r'has no subtitles .*videos/a'),
    ],
)
def test_a_video_without_text_or_time_cannot_be_used(tmp_path, vocabulary, said, rate, message):
    transform = ClipText(vocabulary, said and spoken(tmp_path, said))
    with pytest.raises(VideoError, match=rf'^videos/a\.mp4: {message}'):
        transform(results_of(np.arange(16), rate=rate))


def with_text(vocabulary, narrations):
    steps = dataset_cfg('')['pipeline']
    steps.insert(0, dict(type='ClipText', vocabulary=vocabulary, narrations=narrations))
    steps[-1] = dict(type='PackActionInputs', meta_keys=('text', 'img_shape'))
    return steps


def test_a_dataset_replaces_videos_without_sentences_and_names_them(clips, tmp_path, vocabulary):
    path = (clips / 'train.txt').read_text().splitlines()[3].rsplit(' ', 1)[0]
    narrations = spoken(tmp_path, (0, 1, 'one two'), path=path)
    changes = dict(pipeline=with_text(vocabulary, narrations), group_size=1)
    dataset = build_dataset(clips, **changes)
    (info,) = metainfos(dataset.__getitems__([3]))
    assert not info['skipped'] and info['text'].shape == (2, 5, 16)
    assert info['text'][:, 0, :3].tolist() == [[2, 3, 0]] * 2 and not info['text'][:, 1:].any()
    (info,) = metainfos(dataset.__getitems__([5]))
    assert info['filename'].endswith(path)
    assert all('has no sentence in the list' in reason for _, reason in info['skipped'])
    strict = build_dataset(clips, test_mode=True, **changes)
    with pytest.raises(VideoError, match='has no sentence in the list'):
        strict.__getitems__([5])


def test_the_backend_of_the_dataset_or_its_own(tmp_path, vocabulary, kept):
    for name, word in dict(dataset='one', own='two').items():
        (tmp_path / name).mkdir()
        cue = f'WEBVTT\n\n00:00.000 --> 00:01.000\n{word}\n'
        (tmp_path / name / 'a.vtt').write_text(cue)
    (tmp_path / 'own' / 'b.jsonl').write_text(
        '{"path": "a.mp4", "start": 0, "end": 1, "text": "three"}'
    )
    results = results_of(np.arange(16))
    results.update(filename='kept://all/a.mp4')
    results.update(backend_args=dict(folder=str(tmp_path / 'dataset')))
    own = dict(folder=str(tmp_path / 'own'))
    for narrations, backend_args, word in (
        (None, None, 'one'),
        ('kept://all', None, 'one'),
        (None, own, 'two'),
        ('kept://all/b.jsonl', own, 'three'),
    ):
        transform = ClipText(vocabulary, narrations, backend_args=backend_args)
        assert WORDS[transform(dict(results))['text'][0, 0, 0] - 1] == word


def test_numbers_are_checked_and_the_transform_travels_to_workers(vocabulary):
    for name in ('num_sentences', 'num_words'):
        with pytest.raises(ValueError, match=f'{name}=0'):
            ClipText(vocabulary, **{name: 0})
    for both in (dict(), dict(vocabulary=vocabulary, tokenizer='bert')):
        with pytest.raises(ValueError, match='give one of them'):
            ClipText(**both)
    transform = ClipText(vocabulary, 'folder', num_words=3)
    assert repr(pickle.loads(pickle.dumps(transform))) == repr(transform)
