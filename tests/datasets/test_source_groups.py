"""Sources of videos, from a table or from the names of official files."""

import pytest

from tev_mmaction.datasets.source_groups import groups_by_name, groups_of

UCF101 = [
    'Archery/v_Archery_g08_c01.avi',
    'b/v_Archery_g08_c02.avi',
    'v_HandstandPushups_g1_c3.mp4',
]
HMDB51 = [
    'videos/brush_hair/April_09_brush_hair_u_nm_np1_ba_goo_0.avi',
    'videos/brush_hair/April_09_brush_hair_u_nm_np1_ba_goo_1.avi',
    'videos/wave/TheBoondockSaints_wave_u_nm_np1_fr_med_15.avi',
    'TheBoondockSaints_wave_f_cm_np2_le_bad_3.avi',
]


def test_names_of_official_files():
    assert groups_by_name(UCF101) == ['v_Archery_g08'] * 2 + ['v_HandstandPushups_g1']
    assert groups_by_name(HMDB51) == [
        'April_09', 'April_09', 'TheBoondockSaints', 'TheBoondockSaints_wave'
    ]  # fmt: skip
    assert groups_by_name(['a.mp4', *UCF101]) is None
    assert groups_by_name(UCF101 + HMDB51) is None and groups_by_name([]) is None


def table(tmp_path, text):
    (tmp_path / 'groups.csv').write_text(text)
    return str(tmp_path / 'groups.csv')


def test_a_table(tmp_path):
    file = table(tmp_path, 'label,Group, path\nx,one,a/1.mp4\n\ny,"two, 2",./b.mp4\ny,,c.mp4\n')
    paths = ['/data/b.mp4', '/data/c.mp4', '/data/a/1.mp4']
    assert groups_of(paths, file, '/data') == ['two, 2', 'c.mp4', 'one']
    assert groups_of(['b.mp4', './a/1.mp4'], file) == ['two, 2', 'one']


@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'has no column path and group'),
        ('path,label\na.mp4,x\n', 'has no column group: its first line is to name the columns'),
        ('path,group\n,x\n', 'line 2: no path'),
        ('path,group\na.mp4,x\n./a.mp4,y\n', "line 3: './a.mp4' a second time"),
        ('path,group\nb.mp4,x\n', 'no group of 1 of 1 listed videos: a.mp4. Its column path'),
    ],
)
def test_tables_that_do_not_serve(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        groups_of(['a.mp4'], table(tmp_path, text))


def test_no_table(tmp_path):
    with pytest.raises(FileNotFoundError, match='group_file.*cannot be read. Give a CSV file'):
        groups_of(['a.mp4'], str(tmp_path / 'none.csv'))
