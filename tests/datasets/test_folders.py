"""What a search of a folder finds, and what it passes over, which is counted."""

import pytest
from mmengine.logging import MMLogger

from helpers import build_dataset, write_clip
from tev_mmaction.datasets.folders import scan_folder
from tev_mmaction.datasets.identity import identity, second_names


@pytest.fixture
def log(caplog):
    """What mmengine's loggers say, too, which do not propagate."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_extensions_of_cameras_discs_and_broadcasts(tmp_path, log):
    names = ['a.ts', 'b.m2ts', 'c.MTS', 'd.3gp', 'e.gif', 'f.asf', 'g.vob', 'h.mp4']
    for name in [*names, 'x.jpg', 'y.jpg', 'z']:
        (tmp_path / name).touch()
    assert scan_folder(str(tmp_path)) == [(name, -1) for name in names]
    assert '3 files of other kinds passed over' in log.text
    assert '.jpg (2), no extension (1)' in log.text


def test_links_in_a_circle_and_second_names(tmp_path, log):
    (tmp_path / 'sub').mkdir()
    (tmp_path / 'sub' / 'a.mp4').touch()
    (tmp_path / 'sub' / 'up').symlink_to('..')
    (tmp_path / 'twin').symlink_to('sub')
    (tmp_path / 'z.mp4').symlink_to('sub/a.mp4')
    (tmp_path / 'gone.mp4').symlink_to('nothing')
    assert scan_folder(str(tmp_path)) == [('gone.mp4', -1), ('sub/a.mp4', -1)]
    assert '1 second names passed over: z.mp4 is sub/a.mp4' in log.text


@pytest.mark.parametrize('number', [3, 40])  # asked for one by one, and listed
def test_second_names(tmp_path, number):
    files = [tmp_path / f'{index}.mp4' for index in range(number)]
    for file in files:
        file.touch()
    (tmp_path / 'soft.mp4').symlink_to('1.mp4')
    (tmp_path / 'hard.mp4').hardlink_to(tmp_path / '0.mp4')
    names = [*map(str, files), f'{tmp_path}/soft.mp4', f'{tmp_path}/none.mp4']
    names += [f'{tmp_path}/hard.mp4', f'{tmp_path}/x/../2.mp4', f'{tmp_path}/./none.mp4']
    (tmp_path / 'x').mkdir()
    n = number
    assert second_names(names) == {n: 1, n + 2: 0, n + 3: 2, n + 4: n + 1}
    assert identity(names[0]) == identity(names[n + 2]) != identity(names[1])


def test_remote_names_are_told_by_their_spelling():
    names = ['http://a/b.mp4', 'http://a/c.mp4', 'http://a/./b.mp4']
    assert second_names(names) == {2: 0}


def test_a_list_that_names_a_file_twice_by_links(tmp_path, log):
    for name in ('a.mp4', 'b.mp4'):
        write_clip(tmp_path / name, 40)
    (tmp_path / 'link.mp4').symlink_to('a.mp4')
    (tmp_path / 'train.txt').write_text('a.mp4 0\nb.mp4 0\nlink.mp4 0\n')
    dataset = build_dataset(tmp_path)
    assert [dataset.get_data_info(i)['sample_idx'] for i in range(len(dataset))] == [0, 1]
    assert '1 of 3 videos of' in log.text and 'link.mp4 is a.mp4' in log.text
