import codecs
import json

import pytest

from tev_mmaction.narration import NarrationError, Narrations, Sentence, read_sentence_list

CUE = '1\n00:00:01,000 --> 00:00:02,000\n{}\n'
ENTRY = dict(path='a.mp4', start=1, end=2.5, text='cut  the\nbread')


def write(path, *entries):
    path.write_text(''.join(json.dumps(entry) + '\n' for entry in entries) + '\n')
    return str(path)


def test_subtitles_are_found_beside_the_video_and_in_a_folder(tmp_path):
    for folder, text in (('videos/sub', 'beside'), ('texts/sub', 'apart')):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / 'a.b.srt').write_bytes(codecs.BOM_UTF8 + CUE.format(text).encode())
    video = str(tmp_path / 'videos/sub/a.b.mp4')
    for source, text in ((None, 'beside'), (str(tmp_path / 'texts'), 'apart')):
        found = Narrations(source).of_video('sub/a.b.mp4', video)
        assert found == [Sentence(1.0, 2.0, text)]
    (tmp_path / 'videos/sub/a.b.en.vtt').write_text('WEBVTT\n\n00:01.000 --> 00:02.000\nEnglish\n')
    found = Narrations(suffixes=('.en.vtt',)).of_video('sub/a.b.mp4', video)
    assert found == [Sentence(1.0, 2.0, 'English')]


def test_a_list_has_the_sentences_of_many_videos(tmp_path):
    early = dict(ENTRY, start=0, language='en')
    file = write(tmp_path / 'list.jsonl', ENTRY, dict(ENTRY, path='b.mp4'), early)
    assert list(read_sentence_list(file)) == ['a.mp4', 'b.mp4']
    found = Narrations(file).of_video('a.mp4', '/anywhere/a.mp4')
    assert found == [Sentence(0.0, 2.5, 'cut the bread'), Sentence(1.0, 2.5, 'cut the bread')]
    with pytest.raises(NarrationError, match=r'has no sentence in the list .*list\.jsonl'):
        Narrations(file).of_video('c.mp4', '/anywhere/c.mp4')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, r"has no subtitles '.*/a' \+ \.vtt or \.srt"),
        (CUE.format('').encode(), r'has no sentence in .*a\.srt'),
        (CUE.format('Brötchen').encode('latin-1'), r"a\.srt' is not in UTF-8: .*line 3.*iconv"),
        (CUE.format('bread').encode('utf-16'), 'byte-order mark of UTF-16'),
        (b'bread', r"a\.srt', line 1: 'bread' has no times"),
    ],
)
def test_a_video_without_usable_subtitles_says_why(tmp_path, content, message):
    if content is not None:
        (tmp_path / 'a.srt').write_bytes(content)
    with pytest.raises(NarrationError, match=message):
        Narrations().of_video('a.mp4', str(tmp_path / 'a.mp4'))


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('', 'has no sentences; lines should read {"path"'),
        ('a.mp4 1 2 cut', "list.jsonl', line 1: no JSON"),
        ('["a.mp4"]', 'line 1: has no path, start, end, text'),
        (json.dumps(dict(path='a.mp4', start=1)), 'line 1: has no end, text'),
        (json.dumps(dict(ENTRY, text=None)), 'line 1: text is no string'),
        (json.dumps(dict(ENTRY, start='1')), "start='1' and end=2.5 are not seconds"),
        (json.dumps(dict(ENTRY, start=3)), 'start=3 and end=2.5 are not seconds in this order'),
        (json.dumps(dict(ENTRY, end=float('nan'))), 'are not seconds'),
        (json.dumps(dict(ENTRY, end=10**400)), 'are not seconds'),
    ],
)
def test_a_malformed_list_is_refused_with_its_line(tmp_path, line, message):
    (tmp_path / 'list.jsonl').write_text(line)
    with pytest.raises(ValueError, match=message) as error:
        Narrations(str(tmp_path / 'list.jsonl')).of_video('a.mp4', 'a.mp4')
    assert not isinstance(error.value, NarrationError)


def test_other_sources_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'none\.jsonl.*narrations of ClipText.*"path"'):
        Narrations(str(tmp_path / 'none.jsonl')).of_video('a.mp4', 'a.mp4')
    (tmp_path / 'list.csv').write_text('a.mp4,1,2,cut')
    with pytest.raises(ValueError, match=r'list\.csv.*in JSON lines \(\*\.jsonl\), a folder'):
        Narrations(str(tmp_path / 'list.csv'))
