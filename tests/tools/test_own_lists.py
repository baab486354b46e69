"""``make_lists.py own``: classes are words, and groups stay together."""

import runpy

import pytest

from helpers import ROOT
from official_files import touch
from tev_mmaction.datasets.video_list import read_list


@pytest.fixture
def make(tmp_path, monkeypatch, capsys):
    """The tool within this process, in a folder of its own: what it prints, or why it stops."""
    monkeypatch.chdir(tmp_path)
    main = runpy.run_path(str(ROOT / 'tools/data/make_lists.py'))['main']

    def run(*arguments):
        try:
            main(['own', '--videos', 'videos', '--out', 'out', *map(str, arguments)])
        except SystemExit as error:
            return str(error)
        return capsys.readouterr().out

    return run


def lists(tmp_path):
    classes = (tmp_path / 'out/classes.txt').read_text().splitlines()
    return {
        part: [(path, classes[label]) for path, label in read_list(tmp_path / f'out/{part}.txt')]
        for part in ('train', 'test')
    }


def test_folders_are_classes(make, tmp_path):
    paths = [f'{name}/{i}.mp4' for name in ('wave', 'jump up', 'sit') for i in range(5)]
    touch(tmp_path / 'videos', paths)
    said = make()
    assert 'out/classes.txt: 3 classes' in said and 'out/test.txt: 6 clips' in said
    found = lists(tmp_path)
    assert sorted(found['train'] + found['test']) == sorted((p, p.split('/')[0]) for p in paths)
    assert [path for path, _ in found['test']] == [p for p in sorted(paths) if p[-5] in '04']
    make('--test-share', '0.5')
    assert len(lists(tmp_path)['test']) == 9


def write_table(tmp_path, text, made=True):
    (tmp_path / 'table.csv').write_text(text)
    (tmp_path / 'videos').mkdir(exist_ok=True)
    paths = [line.split(',')[0] for line in text.splitlines()[1:]] if made else []
    touch(tmp_path / 'videos', [path for path in paths if path])


def test_groups_of_a_table_stay_together(make, tmp_path):
    rows = [f'{c}{g}{n}.mp4,{c},place {g}' for c in 'xy' for g in range(4) for n in range(3)]
    write_table(tmp_path, '\n'.join(['Path, Label ,group', *rows, '']))
    make('--table', 'table.csv')
    found = lists(tmp_path)
    assert {path[1] for path, _ in found['test']} == {'0'} and len(found['test']) == 6
    assert {path[1] for path, _ in found['train']} == {'1', '2', '3'}


def test_a_split_of_a_table_is_taken_and_missing_files_are_named(make, tmp_path):
    text = 'split,label,path\ntrain,b,1.mp4\ntest,b,2.mp4\n\ntest,a,3.mp4\ntrain,a,4.mp4\n'
    write_table(tmp_path, text, made=False)
    touch(tmp_path / 'videos', [f'{number}.mp4' for number in range(1, 5)])
    assert 'missing' not in make('--table', 'table.csv')
    found = lists(tmp_path)
    assert found == dict(
        train=[('1.mp4', 'b'), ('4.mp4', 'a')], test=[('2.mp4', 'b'), ('3.mp4', 'a')]
    )
    (tmp_path / 'table.csv').write_text(text + 'test,a,lost.mp4\n')
    assert '1 files of table.csv are missing: lost.mp4' in make('--table', 'table.csv')
    assert lists(tmp_path) == found


@pytest.mark.parametrize(
    'text, said',
    [
        ('', 'has no column path and label'),
        ('a.mp4,wave\n', 'has no column path and label: its first line'),
        ('path,label\n', 'names no clip'),
        ('path,label\na.mp4,\n', 'line 2: no label'),
        ('path,label\n,wave\n', 'line 2: no path'),
        ('path,label\na.mp4,x\n\na.mp4,y\n', "line 4: 'a.mp4' a second time"),
        ('path,label,split\na.mp4,x,val\n', "line 2: split 'val', not train or test"),
        ('path,label,split\na.mp4,x,train\nb.mp4,x,\n', 'some clips have a split'),
        ('path,label\na.mp4,x\nb.mp4,x\nc.mp4,y\n', 'no clip to train on of y: a class needs'),
        ('path,label,split\na.mp4,x,train\n', 'no clip to test on of x'),
    ],
)
def test_tables_that_do_not_serve(make, tmp_path, text, said):
    write_table(tmp_path, text)
    assert said in make('--table', 'table.csv')
    assert not (tmp_path / 'out').exists()


def test_folders_that_do_not_serve(make, tmp_path):
    assert "'videos' does not exist" in make()
    touch(tmp_path / 'videos', ['a.mp4'])
    assert "1 videos are in 'videos' itself, in no folder of a class: a.mp4" in make()
    assert 'more than 0 and less than 1' in make('--test-share', 1)
    write_table(tmp_path, 'path,label\nb.mp4,x\n', made=False)
    assert "is below 'videos', for example 'b.mp4'" in make('--table', 'table.csv')
