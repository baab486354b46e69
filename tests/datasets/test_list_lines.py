"""Lists as users write them, and as we do: read with what was meant, or refused with the line."""

import json
import os
from posixpath import normpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tev_mmaction.datasets.labelled_list import read_classes
from tev_mmaction.datasets.video_list import (
    check_reachable,
    format_line,
    list_text,
    parse_line,
    read_list,
)

NAMES = st.binary(min_size=1).filter(lambda b: b'\0' not in b).map(os.fsdecode) | st.text(
    st.sampled_from('a7 .-\t\n\r"\\,%:\u2028\ufeff舞'), min_size=1
)
LABELS = st.integers(-1, 10**17)


@given(NAMES, LABELS, st.sampled_from([' ', ',', '\t', ';']))
def test_a_line_is_read_as_it_was_written(name, label, delimiter):
    line = format_line(name, label, delimiter)
    assert parse_line(line, delimiter) == (name, [] if label == -1 else [label])
    assert line.encode('utf-8').decode('utf-8').splitlines() == [line]


@given(
    st.lists(st.tuples(NAMES, LABELS), min_size=1, max_size=4, unique_by=lambda v: normpath(v[0]))
)
def test_a_list_is_read_as_it_was_written(tmp_path_factory, videos):
    file = tmp_path_factory.getbasetemp() / 'drawn.txt'
    file.write_text(list_text(videos), encoding='utf-8', newline='')
    assert read_list(str(file)) == videos


def test_ordinary_lines_are_those_of_mmaction2():
    videos = [('a b/c 7.mp4', 3), ('-rf.mp4', 0), ('12:30%.mp4', 1), ('舞.mp4', -1)]
    assert list_text(videos) == 'a b/c 7.mp4 3\n-rf.mp4 0\n12:30%.mp4 1\n舞.mp4\n'
    assert format_line('clip 7') == '"clip 7"' and format_line('a\nb.mp4', 2) == '"a\\nb.mp4" 2'


@pytest.mark.parametrize(
    'line',
    ['a b.mp4 3', 'a b.mp4  3', 'a b.mp4\t3', ' a b.mp4 \t 3 \t', 'a b.mp4 3\r', '"a b.mp4" 3'],
)
def test_blanks_and_tabs(line):
    assert parse_line(line) == ('a b.mp4', [3])


@pytest.mark.parametrize('line', ['a, b.mp4,3', 'a, b.mp4 , 3 ', '"a, b.mp4",3'])
def test_commas(line):
    assert parse_line(line, ',') == ('a, b.mp4', [3])


@pytest.mark.parametrize('path', ['a ².mp4 ²', 'a 99999999999999999999', '7', 'a.mp4 +3'])
def test_what_is_no_label_is_of_the_path(path):
    assert parse_line(path) == (path, [])


@pytest.fixture
def written(tmp_path):
    def write(text, encoding='utf-8'):
        file = tmp_path / 'train.txt'
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(file)

    return write


@pytest.mark.parametrize('text', ['\ufeffa.mp4 0\r\nb.mp4 1\r\n', 'a.mp4 0\rb.mp4 1\r'])
def test_lists_of_windows_and_old_macs(written, text):
    assert read_list(written(text)) == [('a.mp4', 0), ('b.mp4', 1)]


@pytest.mark.parametrize(
    'text, delimiter, head',
    [
        ('path label\na.mp4 0\n', ' ', 'path label'),
        ('\n\nvideo\na.mp4\nb.mp4\n', ' ', 'video'),
        ('filename class_id\nv0 0\nv1 1\n', ' ', 'filename class_id'),
        ('video,label\na.mp4,0\n', ',', 'video,label'),
    ],
)
def test_a_head_line_is_no_video(written, text, delimiter, head):
    number = text[: text.index(head)].count('\n') + 1
    message = rf"train.txt' has a head line \(line {number}: {head!r}\): remove it"
    with pytest.raises(ValueError, match=message):
        read_list(written(text), delimiter)
    rest = [f'./{head}', *text.split('\n')[number:]]
    assert len(read_list(written('\n'.join(rest)), delimiter)) == len(list(filter(None, rest)))


@pytest.mark.parametrize(
    'text, message',
    [
        ('a.mp4,0\nb.mp4,1\n', r"line 1, reads 'a.mp4,0': .* divided by ','.*delimiter=','"),
        ('video,label\na.mp4,0\n', "line 2, reads 'a.mp4,0': its lines are divided by ','"),
        ('a.mp4, 0\n', "line 1, reads 'a.mp4,': its lines are divided by ','"),
        ('a.mp4;0\n', "divided by ';'"),
        ('a.mp4 0\nb.mp4 jump\n', "line 2, reads 'b.mp4 jump': 'jump' is not a label"),
        ('a.mp4 1.0\n', "'1.0' is not a label"),
        ('a.mp4 0\nb.mp4\u00a01\n', r'line 2, .* U\+00A0 looks like a blank.*plain blank'),
        ('a.mp4 0\u00a0\n', r'line 1, .* U\+00A0 looks like a blank'),
        ('v0\u30000\nv1\u30001\n', r'line 1, .* U\+3000 looks like a blank'),
        ('a.mp4\u200b 0\n', r'line 1, .* U\+200B looks like a blank'),
    ],
)
def test_suspicious_lines_are_named(written, text, message):
    with pytest.raises(ValueError, match=message):
        read_list(written(text))


def test_blanks_of_all_kinds_within_names(written):
    videos = [('\u200bmy\u00a0video.mp4', 0), ('a.mp4\u00a0', 1), ('v\u30007', -1)]
    assert read_list(written(list_text(videos))) == videos


def test_a_video_is_no_list(written):
    for content in (b'\0\0\0 ftypisom\0\0\xc1\n', b'a.mp4 0\nb\0.mp4 1\n'):
        with pytest.raises(
            ValueError, match='train.txt. is not a text file: it has a zero byte at'
        ):
            read_list(written(content))


@pytest.mark.parametrize(
    'text, kind',
    [
        (
            json.dumps({'a': {'subset': 'train', 'annotations': {'label': 'jump'}}}, indent=1),
            'JSON',
        ),
        (json.dumps([dict(vid_name='a', label=3), dict(vid_name='b', label=1)]), 'JSON'),
        ('\ufeff[]\n', 'JSON'),
        ('{"video": "a.mp4", "label": 0}\n{"video": "b.mp4", "label": 1}\n', 'lines of JSON'),
    ],
)
def test_annotations_in_json_are_no_list(written, text, kind):
    with pytest.raises(ValueError, match=f'train.txt.* is {kind}, as annotations.*make_lists.py'):
        read_list(written(text))
    with pytest.raises(ValueError, match=f'class names .*train.txt.* are {kind}; a text is needed'):
        read_classes(written(text))


def test_names_in_brackets(written):
    videos = [('[1] a.mp4', 0), ('{b}.mp4', -1), ('[2].mp4', 1)]
    assert read_list(written(list_text(videos))) == videos


def test_folders_of_windows(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"divided by '\\\\': write '/'"):
        check_reachable([f'{tmp_path}/a\\b.mp4'])


@pytest.mark.parametrize('encoding', ['utf-16', 'gbk', 'utf-16-le'])
def test_other_encodings_are_no_missing_files(written, encoding):
    with pytest.raises(ValueError, match='train.txt.* is not in UTF-8.*line 1'):
        read_list(written('舞蹈.mp4 0\n' if encoding == 'gbk' else 'a.mp4 0\n', encoding))


def test_names_of_other_encodings_are_read_where_files_have_them(written, tmp_path):
    """As ``ls > list.txt`` writes them on a disk of such names."""
    name = b'caf\xe9.mp4'
    open(os.fsencode(tmp_path) + b'/' + name, 'w').close()
    file = written(b'a.mp4 0\n' + name + b' 1\n')
    assert read_list(file, prefix=str(tmp_path)) == [('a.mp4', 0), (os.fsdecode(name), 1)]
    with pytest.raises(ValueError, match=r'byte 0xe9 at 11 \(line 2\)'):
        read_list(file, prefix=str(tmp_path / 'elsewhere'))


def test_a_folder_is_no_list(tmp_path):
    with pytest.raises(ValueError, match="is a folder. Take all its videos with ann_file=''"):
        read_list(str(tmp_path))


def test_folders_of_frames_are_no_missing_videos(tmp_path):
    for number in range(1, 4):
        for video in ('v 0', 'v1'):
            (tmp_path / video).mkdir(exist_ok=True)
            (tmp_path / video / f'img_{number:05d}.jpg').touch()
    with pytest.raises(ValueError) as error:
        check_reachable([str(tmp_path / 'v 0'), str(tmp_path / 'v1')])
    message = str(error.value)
    assert 'names folders' in message and 'does not exist' not in message
    assert f"-start_number 1 -i '{tmp_path}/v 0/img_%05d.jpg'" in message
    assert f"'{tmp_path}/v 0.mp4'`" in message
