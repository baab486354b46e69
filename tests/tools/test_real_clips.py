"""Lists of a folder of labelled clips, and a development split within its training clips."""

import runpy

import pytest

from helpers import ROOT
from tev_mmaction.datasets.source_groups import groups_of

TOOL = runpy.run_path(str(ROOT / 'tools/evidence/real_clips.py'))
COUNTS = dict(gestures=(6, 2), ucf101=(2, 1), weizmann=(2, 1), jhmdb=(7, 2))  # groups, train / test


def manifest(folder, skip=()):
    """Two classes in every group; all of them links would be made to."""
    lines = ['path,label,group,split']
    for name, counts in COUNTS.items():
        (folder / name).mkdir(parents=True)
        for split, count in zip(('train', 'test'), counts):
            for group in range(count):
                for label in ('a', 'b'):
                    path = f'{name}/{split}_{group}_{label}.mp4'
                    if (name, split, group, label) not in skip:
                        lines.append(f'{path},{label},{name}_{split}_{group},{split}')
    (folder / 'manifest.csv').write_text('\n'.join(lines) + '\n')
    return folder


def read(folder, name):
    return [line.split()[0] for line in (folder / f'{name}.txt').read_text().splitlines()]


def test_lists(tmp_path):
    out = tmp_path / 'out'
    TOOL['lay_out'](manifest(tmp_path / 'clips'), out)
    counts = {name: len(read(out, name)) for name in ('train', 'train_all', 'jhmdb_test')}
    assert counts == dict(train=20, train_all=34, jhmdb_test=4)
    assert not [path for path in read(out, 'train') if path.startswith('jhmdb')]
    assert (out / 'jhmdb_classes.txt').read_text().split() == ['a', 'b']
    assert (out / 'jhmdb').resolve() == (tmp_path / 'clips/jhmdb').resolve()
    trained = read(out, 'train_all')
    for name in ('gestures', 'jhmdb'):
        gallery, queries = (read(out, f'{name}_dev_{part}') for part in ('train', 'test'))
        assert sorted(gallery + queries) == sorted(read(out, f'{name}_train'))
        assert not {path[:-6] for path in gallery} & {path[:-6] for path in queries}  # groups
        assert not set(queries) & set(read(out, 'train_dev')) and set(queries) <= set(trained)
        assert len(queries) >= len(gallery) / 3
    assert set(read(out, 'train_dev')) < set(trained)
    queries = read(out, 'jhmdb_test')
    assert groups_of(queries, str(out / 'groups.csv')) == [
        'jhmdb_test_0', 'jhmdb_test_0', 'jhmdb_test_1', 'jhmdb_test_1'
    ]  # fmt: skip


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ValueError, match='set TEV_REAL_CLIPS'):
        TOOL['lay_out'](tmp_path, tmp_path / 'out')
    skip = [('jhmdb', 'test', group, label) for group in (0, 1) for label in 'ab']
    with pytest.raises(ValueError, match='has no clip of jhmdb, test'):
        TOOL['lay_out'](manifest(tmp_path / 'one', skip), tmp_path / 'out')
    skip = [('jhmdb', 'train', group, 'b') for group in (0, 3, 6)]
    with pytest.raises(ValueError, match='split of jhmdb has no clip of b in its part test'):
        TOOL['lay_out'](manifest(tmp_path / 'two', skip), tmp_path / 'out')
    assert not (tmp_path / 'out').exists()
