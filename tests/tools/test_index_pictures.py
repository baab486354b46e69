import runpy

from helpers import ROOT, write_clip


def test_the_tool_counts_what_it_stored_and_names_what_is_missing(tmp_path, capsys):
    index_videos, index_pictures = (
        runpy.run_path(str(ROOT / f'tools/data/{name}.py'))['main']
        for name in ('index_videos', 'index_pictures')
    )
    for number in range(2):
        write_clip(tmp_path / f'videos/{number}.mp4', 20)
    (tmp_path / 'train.txt').write_text('0.mp4 0\n1.mp4 0\n')
    words = ['--root', str(tmp_path / 'videos'), '--num-workers', '0']
    file = str(tmp_path / 'train.index.csv')
    assert index_pictures([file, *words]) == 1
    assert 'tools/data/index_videos.py' in capsys.readouterr().err
    assert index_videos([str(tmp_path / 'train.txt'), *words]) == 0
    assert index_pictures([file, *words]) == 0
    assert '2 of 2 videos' in capsys.readouterr().out
    assert (tmp_path / 'train.index.pictures').is_file()
    assert index_pictures([file, '--root', 'http://localhost/videos']) == 1
    assert 'on a server' in capsys.readouterr().err
