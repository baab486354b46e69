import pytest

from tev_mmaction.datasets.transforms import SceneLabel


def test_a_video_gets_its_scene(tmp_path):
    (tmp_path / 'scenes.txt').write_text('swim/a 1.mp4 4\nb.mp4 0\n')
    transform = SceneLabel(str(tmp_path / 'scenes.txt'))
    assert transform.transform(dict(path='swim/a 1.mp4'))['scene'] == 4
    assert transform.transform(dict(path='b.mp4'))['scene'] == 0
    with pytest.raises(ValueError, match=r"scenes.txt' has no line for 'c.mp4': give every video"):
        transform.transform(dict(path='c.mp4'))


def test_a_list_without_scenes_is_refused(tmp_path):
    (tmp_path / 'scenes.txt').write_text('a.mp4\n')
    with pytest.raises(ValueError, match=r"scenes.txt' gives 'a.mp4' no label"):
        SceneLabel(str(tmp_path / 'scenes.txt')).transform(dict(path='a.mp4'))
