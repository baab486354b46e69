import pytest

from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.video_list import (
    check_reachable,
    join,
    parse_line,
    read_list,
)


@pytest.mark.parametrize(
    'line, expected',
    [
        ('a/b.mp4 3\n', ('a/b.mp4', [3])),
        ('a/b.mp4\n', ('a/b.mp4', [])),
        ('riding a bike/clip 7.mp4 12', ('riding a bike/clip 7.mp4', [12])),
        ('riding a bike/clip 7.mp4', ('riding a bike/clip 7.mp4', [])),
        ('a.mp4 4 9 2', ('a.mp4', [4, 9, 2])),
        ('a.mp4 -1', ('a.mp4', [-1])),
    ],
)
def test_lines(line, expected):
    assert parse_line(line) == expected


def test_other_delimiter():
    assert parse_line('a b.mp4,5', ',') == ('a b.mp4', [5])


def test_list(tmp_path):
    path = tmp_path / 'train.txt'
    path.write_text('a.mp4 1\n\nb c.mp4 2\nd.mp4\n')
    videos = [('a.mp4', 1), ('b c.mp4', 2), ('d.mp4', -1)]
    assert read_list(str(path)) == read_list(str(path), single_label=True) == videos


def test_several_numbers(tmp_path):
    path = tmp_path / 'rawframes.txt'
    path.write_text('a.mp4 123 0\n')
    assert read_list(str(path)) == [('a.mp4', 123)]
    with pytest.raises(ValueError, match="2 numbers behind 'a.mp4', one label is expected"):
        read_list(str(path), single_label=True)


@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'is empty'),
        ('\n\n', 'is empty'),
        ('a.mp4 1\na.mp4 2\n', "names 'a.mp4' twice"),
        ('a.mp4 1\n./a.mp4 1\n', 'twice'),
    ],
)
def test_wrong_lists(tmp_path, text, message):
    path = tmp_path / 'train.txt'
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_list(str(path))
    assert str(path) in str(error.value)


def test_missing_list_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        read_list(str(tmp_path / 'no.txt'))
    for part in (
        str(tmp_path / 'no.txt'),
        'config key ann_file of the dataset',
        'tools/data/index_videos.py',
    ):
        assert part in str(error.value)


def test_folder_is_searched_recursively(tmp_path):
    for name in ('b/x.MP4', 'b/c/y.avi', 'a.webm', 'notes.txt', '.hidden.mp4'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert scan_folder(str(tmp_path)) == [('a.webm', -1), ('b/c/y.avi', -1), ('b/x.MP4', -1)]


def test_wrong_folders_say_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match='does not exist.*data_root'):
        scan_folder(str(tmp_path / 'no'))
    with pytest.raises(FileNotFoundError, match='No video below'):
        scan_folder(str(tmp_path))


def test_a_wrong_root_is_told_from_a_lost_video(tmp_path):
    (tmp_path / 'here.mp4').touch()
    check_reachable([str(tmp_path / 'lost.mp4'), str(tmp_path / 'here.mp4')])
    with pytest.raises(FileNotFoundError, match='data_prefix.video'):
        check_reachable([str(tmp_path / 'wrong' / 'here.mp4')])


@pytest.mark.parametrize(
    'prefix, path, expected',
    [
        ('', 'a/b.mp4', 'a/b.mp4'),
        ('/data', 'a/b.mp4', '/data/a/b.mp4'),
        ('data/', 'b.mp4', 'data/b.mp4'),
        ('/data', '/else/b.mp4', '/else/b.mp4'),
        ('s3://bucket/videos', 'b.mp4', 's3://bucket/videos/b.mp4'),
        ('/data', 's3://bucket/b.mp4', 's3://bucket/b.mp4'),
    ],
)
def test_joining(prefix, path, expected):
    assert join(prefix, path) == expected
