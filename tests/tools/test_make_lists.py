"""``tools/data/make_lists.py`` beside MMAction2's own preparation, and what stops it."""

import os
import runpy
from pathlib import Path

import mmaction
import pytest
from official_splits import read_ucf101

import processes
from helpers import ROOT
from official_files import VOCABULARY, diving48_entries, small_ucf101, touch, write
from tev_mmaction.datasets.video_list import read_list

MIM = Path(mmaction.__file__).parent / '.mim'
TOOL = ROOT / 'tools/data/make_lists.py'


@pytest.fixture
def make_lists(monkeypatch):
    """The tool within this process, as most of its time goes into the import of torch."""

    def run_(cwd, *arguments):
        monkeypatch.chdir(cwd)
        runpy.run_path(str(TOOL))['main']([str(argument) for argument in arguments])

    return run_


def run(*command, **options) -> str:
    """What Python prints in a process of its own."""
    done = processes.run(*command, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


THEIRS = """
import os, runpy, sys
from tools.data.build_file_list import main
for command in (
    'ucf101 data/ucf101/videos/',
    'hmdb51 data/hmdb51/videos/',
    'diving48 data/diving48/videos/ --num-split 1 --level 1 --subset train',
    'diving48 data/diving48/videos/ --num-split 1 --level 1 --subset val',
    'kinetics400 data/kinetics400/videos_train/ --num-split 1 --subset train',
    'kinetics400 data/kinetics400/videos_val/ --num-split 1 --subset val',
    'sthv2 data/sthv2/videos/ --num-split 1 --level 1 --subset train',
    'sthv2 data/sthv2/videos/ --num-split 1 --level 1 --subset val',
    'jester data/jester/videos/ --num-split 1 --level 1 --subset train',
    'jester data/jester/videos/ --num-split 1 --level 1 --subset val',
):
    sys.argv = ['build_file_list.py', *command.split(), '--format', 'videos']
    main()
os.makedirs('tools/data/gym')
os.chdir('tools/data/gym')
runpy.run_path(os.environ['PYTHONPATH'] + '/tools/data/gym/generate_file_list.py')
"""


@pytest.fixture(scope='module')
def theirs(official_data) -> dict:
    """Name and content of the lists of MMAction2's own preparation, without its --shuffle."""
    if not (MIM / 'tools/data/build_file_list.py').is_file():
        pytest.skip('this installation of MMAction2 has no tools/data/build_file_list.py')
    run('-c', THEIRS, cwd=official_data, PYTHONPATH=str(MIM), fresh=True)
    files = list(official_data.glob('data/*/*_videos.txt'))
    files += [official_data / f'data/gym/annotations/gym99_{part}.txt' for part in ('train', 'val')]
    assert len(files) == 22
    made = {path.name: path.read_bytes() for path in files}
    for path in files:
        path.unlink()
    return made


@pytest.mark.parametrize(
    'command, prefix',
    [
        ('ucf101', 'ucf101'),
        ('hmdb51', 'hmdb51'),
        ('diving48', 'diving48'),
        ('kinetics400', 'kinetics400_train'),
        ('kinetics400 --subset val', 'kinetics400_val'),
        ('sthv2', 'sthv2'),
        ('jester', 'jester'),
        ('gym99', 'gym99'),
    ],
)
def test_lists_are_mmaction2s_own(
    official_data, theirs, make_lists, tmp_path, monkeypatch, command, prefix
):
    short = command in ('sthv2', 'jester', 'gym99')
    if short:
        monkeypatch.setattr('official_splits.check_counts', lambda splits: None)
    make_lists(official_data, *command.split(), '--out', tmp_path)
    names = {name for name in theirs if name.startswith(prefix)}
    written = {path.name for path in tmp_path.glob('*.txt')}
    assert {name for name in written if not name.endswith(('.missing.txt', 'classes.txt'))} == names
    for name in names:
        assert theirs[name].count(b'\n') > (0 if short else 250)
        # the last line of a list of Gym99 has no end
        assert (tmp_path / name).read_bytes() == theirs[name].rstrip() + b'\n', name


def test_as_a_user_runs_it(official_data, tmp_path):
    videos = official_data / 'data/ucf101/videos'
    out = run(TOOL, 'ucf101', '--videos', videos, '--out', tmp_path, cwd=official_data)
    there = {path.stem: f'{path.parent.name}/{path.name}' for path in videos.glob('*/*')}
    splits = read_ucf101(str(official_data / 'data/ucf101/annotations'))
    for official in splits.lists:
        expected = [(there.get(Path(path).stem), label) for path, label in official.videos]
        missing = [p for (p, _), (file, _) in zip(official.videos, expected) if not file]
        expected = [(file, label) for file, label in expected if file]
        assert len(expected) > 300 and len({Path(file).suffix for file, _ in expected}) == 2
        assert read_list(str(tmp_path / f'{official.name}.txt')) == expected
        assert (tmp_path / f'{official.name}.missing.txt').read_text().splitlines() == missing
        counts = f'{len(official.videos)} listed, {len(missing)} missing, {len(expected)} written'
        assert f'{official.name}.txt: {counts}\n  missing: {missing[0]}\n' in out
    assert out.count('  missing: ') == 10 * 6
    classes = (tmp_path / 'ucf101_classes.txt').read_text().split('\n')
    assert classes[:3] == ['Class000', 'Class037', 'Class074'] and len(classes) == 102


def test_diving48_v1_has_lists_of_its_own(tmp_path, make_lists):
    root = tmp_path / 'data/diving48'
    write(root / 'annotations/Diving48_vocab.json', VOCABULARY)
    for part, count in (('train', 15943), ('test', 2096)):
        write(root / f'annotations/Diving48_{part}.json', diving48_entries(part, count))
    touch(root / 'videos', ['-train_00005.webm', '-test_00049.MP4', '-test_00049.json'])
    make_lists(tmp_path, 'diving48', '--version', 'v1')
    assert {path.name: path.read_text() for path in root.glob('*_videos.txt')} == {
        'diving48_v1_train_list_videos.txt': '-train_00005.webm 5\n',
        'diving48_v1_val_list_videos.txt': '-test_00049.MP4 1\n',
    }
    missing = (root / 'diving48_v1_train_list_videos.missing.txt').read_text().splitlines()
    assert len(missing) == 15942 and missing[:2] == ['-train_00000.mp4', '-train_07919.mp4']
    assert (root / 'diving48_classes.txt').read_text().startswith('Back-00Twis\nBack-01Twis\n')


@pytest.mark.parametrize('name', ['v a (1)', '# 2', '12 3', "50's; [x] &", 'ü'])
def test_odd_names_are_read_back(tmp_path, make_lists, monkeypatch, name):
    root = tmp_path / 'data/ucf101'
    for file in small_ucf101(root / 'annotations').glob('*list*.txt'):
        file.write_text(file.read_text().replace('v a (1)', name))
    touch(root / 'videos', [f'Jump/{name}.mp4', 'Run/v_c.avi'])
    names = [f'ucf101_{subset}_split_1_videos.missing.txt' for subset in ('train', 'val')]
    stale = [write(root / name, '') for name in names]
    with pytest.raises(SystemExit, match='has 2 classes, but 101 are published'):
        make_lists(tmp_path, 'ucf101')
    monkeypatch.setattr('official_splits.check_counts', lambda splits: None)
    make_lists(tmp_path, 'ucf101')
    made = read_list(str(root / 'ucf101_train_split_1_videos.txt'))
    assert made == [(f'Jump/{name}.mp4', 1), ('Run/v_c.avi', 0)]
    assert not stale[0].exists() and stale[1].read_text() == 'Jump/v_b.avi\nRun/v_d 2.avi\n'


@pytest.mark.parametrize(
    'videos, message',
    [
        ([], r"folder 'videos' does not exist.*'play_ball/-_v_0_000000_000010.mp4'.*--videos"),
        (['play2/a.mp4', 'play_ball/-_v_0_000000_000010.txt'], "'videos' is empty of them"),
        (['play2/a.mp4', 'play ball/a.mp4'], "1 class folders in 'videos'.*'play ball'.*rename_"),
        (['play2/a.mp4', 'play2/a.avi'], r"'videos/play2' has 'a.avi' and 'a.mp4'.*Remove one"),
    ],
)
def test_wrong_folders_of_videos(official_data, tmp_path, make_lists, videos, message):
    touch(tmp_path / 'videos', videos)
    csv = official_data / 'data/kinetics400/annotations/kinetics_val.csv'
    arguments = ['--subset', 'val', '--csv', csv, '--videos', 'videos']
    # a SystemExit with a text prints it, without a traceback, and the exit status is 1
    with pytest.raises(SystemExit, match='^make_lists.py: error: .*' + message) as error:
        make_lists(tmp_path, 'kinetics400', *arguments)
    assert isinstance(error.value.code, str) and '\n' not in error.value.code
    assert not (tmp_path / 'data').exists()


def test_every_folder_is_listed_once(official_data, make_lists, monkeypatch, tmp_path):
    listed, listdir = [], os.listdir
    monkeypatch.setattr(os, 'listdir', lambda path: listed.append(str(path)) or listdir(path))
    make_lists(official_data, 'ucf101', '--out', tmp_path)
    listed = [path for path in listed if path.startswith('data/ucf101/videos')]
    assert len(listed) == len(set(listed)) == 101
