import shutil

import numpy as np
import pytest
import torch

from helpers import build_dataset, metainfos, write_clip
from tev_mmaction.datasets.clip_loader import ClipLoader
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.datasets.video_index import VideoRecord, save_index


@pytest.fixture
def mixed(clips, tmp_path):
    """Ten good clips, and five that are broken in their own ways."""
    names = []
    for path in sorted(clips.rglob('*.mp4'))[:10]:
        shutil.copy(path, tmp_path / path.name)
        names.append(path.name)
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'text.mp4').write_text('no video')
    write_clip(tmp_path / 'short.mp4', 7)
    whole = write_clip(tmp_path / 'cut.mp4', 60, container_options=dict(movflags='faststart'))
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 8 // 10])
    bad = {'empty.mp4', 'text.mp4', 'short.mp4', 'cut.mp4', 'missing.mp4'}
    (tmp_path / 'train.txt').write_text('\n'.join([*names, *sorted(bad)]))
    return tmp_path, bad


def test_broken_videos_are_replaced_and_named(mixed):
    folder, bad = mixed
    dataset = build_dataset(folder)
    named = {}
    for seed in range(12):
        order = np.random.default_rng(seed).permutation(15).tolist()
        samples = dataset.__getitems__(order[:14])
        infos = metainfos(samples)
        for number in range(0, 14, 2):
            assert infos[number]['relative_id'] == infos[number + 1]['relative_id']
        for info in infos:
            assert info['filename'].rsplit('/', 1)[-1] not in bad - {'cut.mp4'}
            named.update(info['skipped'])
    assert {name.rsplit('/', 1)[-1] for name in named} == bad
    reasons = {name.rsplit('/', 1)[-1]: why for name, why in named.items()}
    assert 'is empty' in reasons['empty.mp4'] and 'does not exist' in reasons['missing.mp4']
    assert '7 frame(s), 8 needed' in reasons['short.mp4']


def test_replacements_are_not_in_the_batch_and_draws_stay_reproducible(mixed):
    folder, _ = mixed
    dataset = build_dataset(folder)
    batch = [0, 10, 1, 11]  # two good ones, two broken ones
    first, second = (metainfos(dataset.__getitems__(batch)) for _ in range(2))
    assert first == second
    assert len({info['sample_idx'] for info in first}) == 4


def test_nothing_but_broken_videos_is_an_error(tmp_path):
    for name in 'abcd':
        (tmp_path / f'{name}.mp4').touch()
    dataset = build_dataset(tmp_path, ann_file='')
    with pytest.raises(RuntimeError, match='no usable video.*index_videos'):
        dataset.__getitems__([0, 1])


def write_index(folder, **frames):
    records = [
        VideoRecord(f'{name}.mp4', count, 25.0, 64, 48, 'pyav') for name, count in frames.items()
    ]
    save_index(
        records + [VideoRecord('text.mp4', reason='not a video')], str(folder / 'train.index.csv')
    )


def test_the_index_is_used_where_there_is_one(mixed, monkeypatch):
    folder, _ = mixed
    write_index(folder, short=7)
    dataset = build_dataset(folder)
    paths = {dataset.get_data_info(i)['path'] for i in range(len(dataset))}
    assert len(dataset) == 13 and not paths & {'text.mp4', 'short.mp4'}
    with pytest.raises(FileNotFoundError, match="index_file='.*none.csv'"):
        build_dataset(folder, index_file='none.csv')


def test_a_stale_index_costs_a_video_not_a_wrong_frame(mixed):
    folder, _ = mixed
    (folder / 'train.txt').write_text('clip_00.mp4\nclip_02.mp4\nclip_04.mp4\n')
    write_index(folder, clip_00=999, clip_02=50, clip_04=60)
    infos = metainfos(build_dataset(folder).__getitems__([0, 1]))
    assert infos[0]['sample_idx'] == 2
    assert 'make the index anew' in infos[0]['skipped'][0][1]


def half_cut(path, num_frames):
    """A file that opens, and says how long it was, but holds only its first part.

    With an index of what it was, that is found when its frames are decoded.
    """
    whole = write_clip(path, num_frames, container_options=dict(movflags='faststart'))
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])


def test_a_replacement_keeps_the_transformation_of_its_group(tmp_path):
    """The partner's sample is the one that it would have had without any failure."""
    lengths = dict(a=70, b=60, c=75, d=90, e=62)
    for name, frames in lengths.items():
        write_clip(tmp_path / f'{name}.mp4', frames)
    write_index(tmp_path, **lengths)
    (tmp_path / 'train.txt').write_text('a.mp4\nb.mp4\nc.mp4\nd.mp4\ne.mp4\n')
    changing, whole = tmp_path / 'b.mp4', (tmp_path / 'b.mp4').read_bytes()
    half_cut(changing, 60)
    half, replaced = changing.read_bytes(), 0
    for seed in range(12):
        changing.write_bytes(whole)
        sound = build_dataset(tmp_path, seed=seed).__getitems__([0, 1])
        changing.write_bytes(half)
        broken = build_dataset(tmp_path, seed=seed).__getitems__([0, 1])
        before, after = metainfos(sound), metainfos(broken)
        if after[1]['skipped']:
            replaced += 1
            assert after[1]['sample_idx'] in (2, 3, 4)
            assert {info['relative_id'] for info in after} == {before[0]['relative_id']}
            assert torch.equal(broken[0]['inputs'], sound[0]['inputs'])
    assert replaced > 4


def test_where_no_other_is_long_enough_the_group_starts_anew(tmp_path):
    for number in range(6):
        write_clip(tmp_path / f'short_{number}.mp4', 8)
    write_clip(tmp_path / 'long.mp4', 90)
    half_cut(tmp_path / 'cut.mp4', 90)
    names = ['cut.mp4', 'long.mp4', *(f'short_{number}.mp4' for number in range(6))]
    (tmp_path / 'train.txt').write_text('\n'.join(names))
    write_index(tmp_path, cut=90, long=90, **{f'short_{number}': 8 for number in range(6)})
    for seed in range(6):
        infos = metainfos(build_dataset(tmp_path, seed=seed).__getitems__([0, 1]))
        assert len({info['relative_id'] for info in infos}) == 1


def test_no_video_stands_beside_itself(tmp_path):
    """Not even where two of a group are broken, or the batch is the whole dataset."""
    for name in 'abc':
        write_clip(tmp_path / f'{name}.mp4', 40)
    for name in 'xy':
        (tmp_path / f'{name}.mp4').touch()
    dataset = build_dataset(tmp_path, ann_file='')
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(5).tolist()
        for batch in (order, [3, 4], [0, 3, 4, 1]):
            infos = metainfos(dataset.__getitems__(batch))
            indices = [info['sample_idx'] for info in infos]
            assert indices[0] != indices[1]
            if len(indices) > 2:
                assert len(set(indices[2:])) == len(indices[2:])


def test_the_group_keeps_its_draw_when_its_first_video_fails(clips, monkeypatch):
    """Found broken only when its frames are decoded, after ρ was drawn."""
    dataset = build_dataset(clips, group_size=3)
    load, draw = ClipLoader.load, dataset.clip_sampler.sample
    failures, draws = [], []

    def failing(loader, video, *args):
        if not failures:
            failures.append(video.info['filename'])
            raise VideoError(video.info['filename'], 'fails')
        return load(loader, video, *args)

    def counting(*args):
        draws.append(draw(*args))
        return draws[-1]

    monkeypatch.setattr(ClipLoader, 'load', failing)
    monkeypatch.setattr(dataset.clip_sampler, 'sample', counting)
    infos = metainfos(dataset.__getitems__([11, 0, 1]))
    assert len(draws) == 1 and {info['relative_id'] for info in infos} == {draws[0].id}
    assert [name for name, _ in infos[0]['skipped']] == failures
