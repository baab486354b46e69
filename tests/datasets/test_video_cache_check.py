import logging
import os
import re
import runpy
import shlex
import shutil

import pytest
from mmaction.registry import DATASETS, TRANSFORMS

from cached_files import make, pair_dataset
from helpers import ROOT, write_clip
from tev_mmaction.datasets.caching import CacheManifest, check, check_cache, check_cache_of
from tev_mmaction.datasets.caching.manifest import (
    CacheRecord,
    append_record,
    load_records,
    save_records,
)

FORMATS = ['mjpeg', 'h264', 'memmap']


def run_command(message):
    """Run the command that an error names, in this process."""
    words = shlex.split(re.search('`python (.*?)`', message).group(1))
    tool = runpy.run_path(str(ROOT / words[0]))
    return tool['main']([*words[1:], '--num-workers', '0'])


def test_an_incomplete_cache_is_refused_until_its_command_has_run(own):
    source, root = own
    records = load_records(str(root))
    del records['videos/variable.mkv']
    save_records(str(root), records)
    with pytest.raises(ValueError, match="incomplete: 1 of 2 videos of 'train.txt'") as error:
        pair_dataset(root)
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(root)) == 2


def test_a_list_that_is_not_cached_is_refused_until_its_command_has_run(own):
    source, root = own
    write_clip(source / 'videos' / 'new.mp4', 30)
    for folder in own:
        (folder / 'val.txt').write_text('new.mp4 0\na.mp4 0\n')
    with pytest.raises(ValueError, match="1 of 2 videos of 'val.txt'.*'videos/new.mp4'") as error:
        pair_dataset(root, ann_file='val.txt')
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(root, ann_file='val.txt')) == len(pair_dataset(root)) == 2


def test_a_folder_of_which_only_lists_are_cached_is_refused_until_its_command_has_run(own):
    write_clip(own[0] / 'videos' / 'unlisted.mp4', 30)
    with pytest.raises(ValueError, match="not all videos of the folder 'videos'") as error:
        pair_dataset(own[1], ann_file='')
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(own[1], ann_file='')) == 3


def test_a_dataset_that_looks_in_another_folder_of_the_cache(own):
    """The cache is whole: it is the prefix that is wrong."""
    for wrong in ('', 'video'):
        with pytest.raises(ValueError, match="data_prefix=dict.video='videos'.*a.mp4"):
            pair_dataset(own[1], data_prefix=dict(video=wrong))


def test_a_file_missing_from_a_folder_is_noticed(originals, tmp_path):
    make(originals, tmp_path / 'cache', lists=[])
    (tmp_path / 'cache/videos/a.mp4').unlink()
    with pytest.raises(ValueError, match=r'damaged: 1 .*a\.mp4'):
        pair_dataset(tmp_path / 'cache', ann_file='')


@pytest.mark.parametrize('change', ['size', 'time'])
def test_a_stale_cache_is_refused_until_its_command_has_run(own, change):
    source, root = own
    changed = source / 'videos' / 'a.mp4'
    if change == 'size':
        state = changed.stat()
        write_clip(changed, 40)
        os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns))
    else:
        os.utime(changed, ns=(0, changed.stat().st_mtime_ns + 1))
    with pytest.raises(ValueError, match=r'stale: 1 of.*videos/a\.mp4') as error:
        pair_dataset(root)
    kept = (root / 'videos' / 'variable.mkv').stat().st_ino
    assert run_command(str(error.value)) == 0
    assert (root / 'videos' / 'variable.mkv').stat().st_ino == kept
    info = pair_dataset(root).get_data_info(0)
    assert info['num_frames'] == (40 if change == 'size' else 60)


def test_sources_that_are_gone_are_no_harm(own):
    (own[0] / 'videos' / 'a.mp4').unlink()
    assert len(pair_dataset(own[1])) == 2
    shutil.rmtree(own[0])
    assert len(pair_dataset(own[1])) == 2


def test_a_damaged_file_is_refused_until_the_command_has_run(own):
    file = own[1] / 'videos' / 'a.mp4'
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValueError, match='damaged: 1 of') as error:
        pair_dataset(own[1])
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(own[1])) == 2


def test_a_cache_smaller_than_the_crops_is_refused_with_the_command_of_a_larger_one(own):
    pipeline = [dict(type='ClipRandomResizedCrop', size=40)]
    pipeline += [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
    with pytest.raises(ValueError, match='of another size.*is 32.*enlarge that to 40') as error:
        pair_dataset(own[1], pipeline=pipeline)
    assert run_command(str(error.value)) == 0
    assert len(pair_dataset(f'{own[1]}-40', pipeline=pipeline)) == 2


@pytest.mark.parametrize(
    'transform, fits',
    [
        (dict(type='Resize', scale=(-1, 32)), True),
        (dict(type='Resize', scale=(-1, 34)), False),
        (dict(type='Resize', scale=(32, 32), keep_ratio=False), True),
        (dict(type='CenterCrop', crop_size=33), False),
        (dict(type='RandomCrop', size=33), False),
        (dict(type='MultiScaleCrop', input_size=33), False),
        (dict(type='Flip'), True),
    ],
)
def test_sizes_of_stock_transforms_are_known(own, transform, fits):
    arguments = [str(own[1] / 'videos/a.mp4')], str(own[1] / 'videos'), str(own[1] / 'train.txt')
    transforms = [TRANSFORMS.build(transform)]
    if fits:
        check_cache(*arguments, transforms)
    else:
        with pytest.raises(ValueError, match='of another size'):
            check_cache(*arguments, transforms)


def test_galleries_and_queries_are_checked_when_the_dataset_is_built(own):
    (own[1] / 'test.txt').write_text('new.mp4 0\n')
    cfg = dict(
        type='GalleryQueryDataset',
        data_root=str(own[1]),
        gallery_ann_file='train.txt',
        ann_file='test.txt',
        data_prefix=dict(video='videos'),
        pipeline=[dict(type='PackActionInputs')],
    )
    with pytest.raises(ValueError, match="1 of 1 videos of 'test.txt'"):
        DATASETS.build(cfg)
    os.utime(own[0] / 'videos' / 'a.mp4')
    with pytest.raises(ValueError, match='stale'):
        DATASETS.build(cfg)


def test_stock_pipelines_refuse_too_once_a_process(own, monkeypatch):
    init, file = TRANSFORMS.build(dict(type='VideoInit')), str(own[1] / 'videos' / 'a.mp4')
    os.utime(own[0] / 'videos' / 'a.mp4')
    with pytest.raises(ValueError, match='stale'):
        init(dict(filename=file))
    make(own[0], own[1], lists=['train.txt'])
    init(dict(filename=file))
    monkeypatch.setattr(check, 'load_records', None)  # not read again
    init(dict(filename=str(own[1] / 'videos' / 'variable.mkv')))


def test_stock_pipelines_refuse_a_cache_that_is_being_made(own):
    manifest = CacheManifest.load(str(own[1]))
    manifest.jobs[0].complete = False
    manifest.save(str(own[1]))
    with pytest.raises(ValueError, match='incomplete.*--lists train.txt --prefix videos'):
        check_cache_of(str(own[1] / 'videos' / 'a.mp4'))


def test_spelling_of_paths_does_not_matter(own, monkeypatch):
    monkeypatch.chdir(own[1].parent)
    for root in ('cache', './cache', 'source/../cache', f'{own[1]}/'):
        assert len(pair_dataset(root)) == 2
    os.utime(own[0] / 'videos' / 'a.mp4')
    for root in ('cache', './cache', 'source/../cache', f'{own[1]}/'):
        with pytest.raises(ValueError, match='stale: 1 of'):
            pair_dataset(root)


def test_where_there_is_no_cache_nothing_is_read(clips, own, petrel_like, monkeypatch):
    monkeypatch.setattr(check, 'load_records', None)
    check_cache([str(clips / 'a.mp4')])
    check_cache([])
    files = [str(own[1] / 'videos' / 'a.mp4')]
    check_cache(files, backend_args=dict(backend='petrel_like'))
    check_cache_of(files[0], dict(backend='petrel_like'))
    with pytest.raises(TypeError):
        check_cache(files)


def test_a_slow_disk_is_not_waited_for(own, monkeypatch, caplog):
    monkeypatch.setattr(check, '_PATIENCE', -1.0)
    expected = [(f'{i}.mp4', 1, None) for i in range(2500)]
    with caplog.at_level(logging.WARNING):
        assert len(check._differing(str(own[1]), expected, needed=True)) == 1000


def test_a_line_that_was_not_ended_is_not_counted(own):
    root = str(own[1])
    before = load_records(root)
    with open(own[1] / 'video_cache.csv', 'a') as file:
        file.write('videos/variable.mkv,1,2')
    assert load_records(root) == before
    make(own[0], own[1], lists=['train.txt'])
    assert load_records(root) == before


def test_records_are_read_as_they_were_written(tmp_path):
    save_records(str(tmp_path), {})
    record = CacheRecord('a, "b".mp4', 5, 7, 9, 11, 29.97, 32, 48, 'pyav')
    append_record(str(tmp_path), record._replace(num_frames=1))
    append_record(str(tmp_path), record)
    assert load_records(str(tmp_path)) == {record.path: record}


@pytest.mark.parametrize('name, text', [
    ('video_cache.json', '{"version": 99}'), ('video_cache.json', '[]'), ('video_cache.json', '{'),
    ('video_cache.csv', 'path,label\na,1\n'), ('video_cache.csv', ''),
])  # fmt: skip
def test_other_files_are_no_cache(own, name, text):
    (own[1] / name).write_text(text)
    with pytest.raises(ValueError, match=rf'{name}.* does not describe a video cache'):
        pair_dataset(own[1])
