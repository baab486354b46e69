import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coded_clips import remux
from helpers import ROOT, build_dataset, write_clip
from processes import run
from tev_mmaction.datasets.video_index import (
    VideoRecord,
    apply_index,
    default_index_file,
    examine,
    load_index,
    save_index,
)

TOOL = str(ROOT / 'tools/data/index_videos.py')


@pytest.fixture
def folder(tmp_path):
    """Two good clips, and one each that is empty, no video, of one frame, cut off."""
    write_clip(tmp_path / 'a.mp4', 30)
    write_clip(tmp_path / 'sub dir' / 'b.mp4', 50, size=(96, 64))
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'text.avi').write_text('no video')
    write_clip(tmp_path / 'one.mp4', 1)
    cut = write_clip(tmp_path / 'cut.mp4', 60, container_options=dict(movflags='faststart'))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 8 // 10])
    return tmp_path


def run_tool(*arguments, workers=0):
    return run(TOOL, *arguments, '--num-workers', workers)


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
def test_records(folder, decoder):
    record = examine('b', str(folder / 'sub dir' / 'b.mp4'), decoder)
    assert record == VideoRecord('b', 50, 25.0, 96, 64, decoder)
    for name, reason in {
        'empty.mp4': 'is empty',
        'text.avi': 'opened',
        'one.mp4': 'too short',
        'cut.mp4': '',
        'none.mp4': 'does not exist',
    }.items():
        record = examine(name, str(folder / name), decoder)
        assert not record.usable and reason in record.reason and record.num_frames == 0


def test_an_index_is_read_as_it_was_written(tmp_path):
    records = [
        VideoRecord('a, "b".mp4', 30, 29.97, 64, 48, 'pyav'),
        VideoRecord('c.mp4', decoder='pyav', reason='is empty, really'),
        VideoRecord('d.avi', 40, 30.0, 64, 48, 'pyav', note='2 of 42 packets, 2 empty'),
    ]
    save_index(records, str(tmp_path / 'x.index.csv'))
    assert list(load_index(str(tmp_path / 'x.index.csv')).values()) == records


@pytest.mark.parametrize(
    'text',
    [
        '',
        'path,num_frames\n',
        'a.mp4 0\nb.mp4 1\n',
        'path,num_frames\na.mp4,many\n',
        'path,num_frames\na.mp4,30',
        'path,num_frames\na.mp4\n',
        'path,label\na.mp4,0\n',
        '\0\1',
    ],
)
def test_something_else_is_not_an_index(tmp_path, text):
    (tmp_path / 'x.index.csv').write_text(text)
    with pytest.raises(ValueError, match='is not a video index.*index_videos'):
        load_index(str(tmp_path / 'x.index.csv'))


def test_an_index_of_other_videos_is_refused(clips, tmp_path):
    save_index([VideoRecord('x.mp4', 30, 25.0, 64, 48)], str(tmp_path / 'x.csv'))
    with pytest.raises(ValueError, match="x.csv' is of other videos: it has 'x.mp4'"):
        build_dataset(clips, index_file=str(tmp_path / 'x.csv'))


def test_an_index_without_notes_is_read(tmp_path):
    """As they were written before there were notes."""
    columns = 'path,num_frames,fps,width,height,decoder,reason'
    (tmp_path / 'x.csv').write_text(f'{columns}\n"a, ""b"".mp4",30,29.97,64,48,pyav,\n')
    record = VideoRecord('a, "b".mp4', 30, 29.97, 64, 48, 'pyav')
    assert load_index(str(tmp_path / 'x.csv')) == {record.path: record}


NAMES = st.binary(min_size=1).filter(lambda b: b'\0' not in b).map(os.fsdecode)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, unique_by=lambda pair: pair[0]))
def test_an_index_of_any_names_is_read_as_it_was_written(tmp_path_factory, pairs):
    file = str(tmp_path_factory.getbasetemp() / 'drawn.index.csv')
    records = {name: VideoRecord(name, 3, reason=why) for name, why in pairs}
    save_index(records.values(), file)
    assert load_index(file) == records


def test_videos_without_a_record_stay():
    index = {'a': VideoRecord('a', 20), 'b': VideoRecord('b', 5), 'c': VideoRecord('c', reason='r')}
    usable, left_out = apply_index([dict(path=p) for p in 'abcd'], index, min_frames=8)
    assert usable == [dict(path='a', num_frames=20), dict(path='d')]
    assert left_out == {'b': 'is too short: 5 frame(s), 8 needed', 'c': 'r'}


def test_default_places():
    assert default_index_file('x/train.txt', 'f') == 'x/train.index.csv'
    assert default_index_file('x/train.usable.txt', 'f') == 'x/train.index.csv'
    assert default_index_file('', 'f') == 'f/videos.index.csv'


def test_tool_on_a_folder(folder):
    done = run_tool(folder, workers=2)
    assert done.returncode == 3, done.stderr
    assert '2 of 6 videos usable' in done.stdout
    assert (folder / 'videos.usable.txt').read_text() == 'a.mp4\nsub dir/b.mp4\n'
    rejected = dict(
        line.split('\t') for line in (folder / 'videos.rejected.txt').read_text().splitlines()
    )
    assert set(rejected) == {'empty.mp4', 'text.avi', 'one.mp4', 'cut.mp4'}
    index = load_index(str(folder / 'videos.index.csv'))
    assert index['sub dir/b.mp4'].num_frames == 50 and len(index) == 6
    assert '100%' in done.stderr  # the progress bar


def test_tool_on_a_list_keeps_labels(folder, tmp_path):
    lists = tmp_path / 'lists'
    lists.mkdir()
    (lists / 'train.txt').write_text('a.mp4 4\nsub dir/b.mp4 2\nempty.mp4 1\nnone.mp4 0\n')
    done = run_tool(lists / 'train.txt', '--root', folder, '--out', tmp_path / 'out')
    assert done.returncode == 3, done.stderr
    assert (tmp_path / 'out/train.usable.txt').read_text() == 'a.mp4 4\nsub dir/b.mp4 2\n'
    assert 'none.mp4\tdoes not exist' in (tmp_path / 'out/train.rejected.txt').read_text()


def test_tool_notes_what_is_out_of_the_ordinary(folder, tmp_path):
    whole = write_clip(tmp_path / 'whole.ts', 40, g='12')
    path = remux(whole, folder / 'off.ts', lambda packets: packets[5:])
    (folder / 'list.txt').write_text('a.mp4\noff.ts\n')
    done = run_tool(folder / 'list.txt', '--check-decord')
    assert done.returncode == 0, done.stderr
    assert '2 of 2 videos usable' in done.stdout and f'note on {path.name}' in done.stdout
    index = load_index(str(folder / 'list.index.csv'))
    assert index['a.mp4'].note == ''
    assert 'before the first frame; begins off a key frame, which decord' in index['off.ts'].note


def test_tool_names_what_is_missing(tmp_path):
    done = run_tool(tmp_path / 'nothing.txt')
    assert done.returncode != 0 and 'nothing.txt' in done.stderr


def test_tool_on_real_bad_files(real_clips, tmp_path):
    names = [p.name for p in sorted((real_clips / 'bad').iterdir())]
    (tmp_path / 'bad.txt').write_text('\n'.join(names))
    words = (tmp_path / 'bad.txt', '--root', real_clips / 'bad', '--decoder', 'pyav')
    done = run_tool(*words, '--min-frames', 2, workers=2)
    assert done.returncode == 3, done.stderr
    rejected = (tmp_path / 'bad.rejected.txt').read_text()
    assert {line.split('\t')[0] for line in rejected.splitlines()} == {
        '00000002.jpg',
        'corrupted.mp4',
        'made_1frame.avi',
        'made_empty.avi',
        'nasa_13013.mp4.audio.mp3',
    }
