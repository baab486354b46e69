"""An index follows its folder, and embeds only what is new."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from fake_embedder import FakeEmbedder, write

from tev_mmaction.apis import EmbeddingIndex, update_index
from tev_mmaction.apis.index_format import IndexedFile
from tev_mmaction.datasets.worker_pool import WorkerDied


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / 'videos', a='1 2', b='3 4', broken='x')
    write(tmp_path / 'videos/deep', c='5 6')
    (tmp_path / 'videos/notes.txt').write_text('no video')
    return tmp_path / 'videos'


@pytest.fixture
def embedder():
    return FakeEmbedder()


@pytest.fixture
def index(folder, embedder):
    index = EmbeddingIndex.of(embedder)
    update_index(index, str(folder), embedder)
    embedder.tried.clear()
    return index


def names(paths):
    return sorted(Path(path).name for path in paths)


def contents(index):
    return {Path(path).name: list(feature) for path, feature in index.features.items()}


def test_a_new_index(folder, embedder):
    index = EmbeddingIndex.of(embedder)
    changes = update_index(index, str(folder), embedder)
    assert names(changes.added) == ['a.mp4', 'b.mp4', 'c.mp4']
    assert changes.broken == [(str(folder / 'broken.mp4'), 'is broken')]
    assert not (changes.changed or changes.copied or changes.removed or changes.known_broken)
    assert contents(index) == {'a.mp4': [1, 2], 'b.mp4': [3, 4], 'c.mp4': [5, 6]}
    assert all(os.path.isabs(path) for path in index.files)
    assert [file.reason for file in index.broken] == ['is broken'] and len(index) == 3


def test_videos_that_are_shorter_than_a_clip_are_remembered(folder, embedder, tmp_path):
    index, file = EmbeddingIndex.of(embedder), tmp_path / 'index'
    embedder.short_videos = {str(folder / 'b.mp4'): 5}
    update_index(index, str(folder), embedder, str(file))
    shutil.copy(folder / 'b.mp4', folder / 'copy.mp4')
    index, again = EmbeddingIndex.load(file), FakeEmbedder()
    update_index(index, str(folder), again, str(file))
    expected = {str(folder / 'b.mp4'): 5, str(folder / 'copy.mp4'): 5}
    assert EmbeddingIndex.load(file).short_videos == expected and not again.tried
    assert IndexedFile('/a.mp4', 1, 2, 'of a version before', '').short_frames == 0


def test_nothing_new(folder, embedder, index):
    changes = update_index(index, str(folder), embedder)
    assert embedder.tried == [] and changes.unchanged == 3
    assert changes.known_broken == [(str(folder / 'broken.mp4'), 'is broken')]
    assert not (changes.added or changes.broken or changes.removed)


def test_what_is_new_and_what_is_gone(folder, embedder, index):
    write(folder, new='7 8')
    (folder / 'a.mp4').unlink()
    (folder / 'broken.mp4').unlink()
    changes = update_index(index, str(folder), embedder)
    assert embedder.tried == ['new.mp4'] and names(changes.added) == ['new.mp4']
    assert names(changes.removed) == ['a.mp4', 'broken.mp4'] and not index.broken
    assert contents(index) == {'b.mp4': [3, 4], 'c.mp4': [5, 6], 'new.mp4': [7, 8]}


def test_what_has_changed(folder, embedder, index):
    """Of the same size even, and mended, and broken by now."""
    write(folder, a='9 9', broken='1 1', b='y')
    os.utime(folder / 'a.mp4', ns=(1, 1))
    changes = update_index(index, str(folder), embedder)
    assert sorted(embedder.tried) == ['a.mp4', 'b.mp4', 'broken.mp4']
    assert names(changes.changed) == ['a.mp4', 'broken.mp4']
    assert changes.broken == [(str(folder / 'b.mp4'), 'is broken')]
    assert contents(index) == {'a.mp4': [9, 9], 'broken.mp4': [1, 1], 'c.mp4': [5, 6]}


def test_the_content_counts_not_its_name_or_time(folder, embedder, index):
    os.utime(folder / 'a.mp4', ns=(1, 1))
    os.utime(folder / 'broken.mp4', ns=(1, 1))
    (folder / 'b.mp4').rename(folder / 'renamed.mp4')
    shutil.copy(folder / 'deep/c.mp4', folder / 'copy.mp4')
    changes = update_index(index, str(folder), embedder)
    assert embedder.tried == [] and changes.unchanged == 2
    assert names(changes.copied) == ['copy.mp4', 'renamed.mp4']
    assert names(changes.removed) == ['b.mp4'] and len(changes.known_broken) == 1
    assert contents(index)['renamed.mp4'] == [3, 4] and contents(index)['copy.mp4'] == [5, 6]
    changes = update_index(index, str(folder), embedder)
    assert changes.unchanged == 4 and not changes.copied
    os.utime(folder / 'copy.mp4', ns=(1, 1))
    os.utime(folder / 'deep/c.mp4', ns=(1, 1))
    changes = update_index(index, str(folder), embedder)
    assert changes.unchanged == 4 and not changes.copied and embedder.tried == []


def test_a_broken_file_is_tried_again_on_demand(folder, embedder, index):
    changes = update_index(index, str(folder), embedder, retry_broken=True)
    assert embedder.tried == ['broken.mp4'] and len(changes.broken) == 1
    shutil.copy(folder / 'broken.mp4', folder / 'also.mp4')
    embedder.tried.clear()
    changes = update_index(index, str(folder), embedder)
    assert embedder.tried == [] and len(changes.known_broken) == 2  # known by its content


def test_what_cannot_be_read_now_may_be_later(folder, embedder, index):
    """A file that is broken is remembered, not one that is away for a moment."""

    class Unlucky(FakeEmbedder):
        def embed_each(self, paths):
            (folder / 'new.mp4').rename(folder / 'away')
            yield from super().embed_each(paths)

    write(folder, new='4 4')
    changes = update_index(index, str(folder), Unlucky())
    assert changes.broken == [(str(folder / 'new.mp4'), 'does not exist')]
    assert str(folder / 'new.mp4') not in index.files
    (folder / 'away').rename(folder / 'new.mp4')
    update_index(index, str(folder), embedder)
    assert contents(index)['new.mp4'] == [4, 4]


def test_a_file_that_changes_while_it_is_embedded(folder, embedder):
    """Its feature is never taken for that of the new content."""

    class Racing(FakeEmbedder):
        def embed_each(self, paths):
            for path, feature in zip(paths, super().embed_each(paths)):
                if path.endswith('a.mp4') and feature[0] == 1:
                    write(folder, a='8 8')
                    os.utime(path, ns=(5, 5))
                yield feature

    embedder = Racing()
    index = EmbeddingIndex.of(embedder)
    update_index(index, str(folder), embedder)
    assert contents(index)['a.mp4'] == [1, 2]
    changes = update_index(index, str(folder), embedder)
    assert names(changes.changed) == ['a.mp4'] and contents(index)['a.mp4'] == [8, 8]


def test_other_folders_stay(folder, embedder, index, tmp_path):
    write(tmp_path / 'videos two', d='7 7')
    changes = update_index(index, str(tmp_path / 'videos two'), embedder)
    assert names(changes.added) == ['d.mp4'] and not changes.removed and len(index) == 4


@pytest.mark.parametrize('save_interval', [0.0, 1e9])
def test_an_interrupted_update_goes_on(folder, tmp_path, save_interval):
    file, embedder = tmp_path / 'index', FakeEmbedder()
    embedder.stop_at = 2
    with pytest.raises(KeyboardInterrupt):
        update_index(
            EmbeddingIndex.of(embedder), str(folder), embedder, file, save_interval=save_interval
        )
    kept = EmbeddingIndex.load(file)
    assert len(kept.files) == 2
    again = FakeEmbedder()
    update_index(kept, str(folder), again, file)
    assert sorted(embedder.tried + again.tried) == ['a.mp4', 'b.mp4', 'broken.mp4', 'c.mp4']
    assert contents(EmbeddingIndex.load(file)) == {
        'a.mp4': [1, 2],
        'b.mp4': [3, 4],
        'c.mp4': [5, 6],
    }


def test_the_file_grows_in_steps(folder, tmp_path):
    """What a killed process leaves behind."""
    file, embedder, sizes = tmp_path / 'index', FakeEmbedder(), []

    def progress(paths):
        for path in paths:
            sizes.append(len(EmbeddingIndex.load(file).files) if file.exists() else 0)
            yield path

    update_index(
        EmbeddingIndex.of(embedder),
        str(folder),
        embedder,
        file,
        save_interval=0.0,
        progress=progress,
    )
    assert sizes == [0, 1, 2, 3] and sorted(os.listdir(tmp_path)) == ['index', 'videos']


def test_a_folder_without_videos_drops_nothing(folder, embedder, index, tmp_path):
    """As when a disk is not mounted."""
    shutil.move(folder, tmp_path / 'elsewhere')
    with pytest.raises(ValueError, match='videos does not exist: give one'):
        update_index(index, str(folder), embedder)
    folder.mkdir()
    with pytest.raises(ValueError, match='has no video: give one with files ending in .264'):
        update_index(index, str(folder), embedder)
    assert len(index) == 3


def test_a_place_that_cannot_be_written_is_said_before_the_work(folder, embedder, tmp_path):
    (tmp_path / 'index').mkdir()
    with pytest.raises(OSError, match='index'):
        update_index(EmbeddingIndex.of(embedder), str(folder), embedder, tmp_path / 'index')
    assert embedder.tried == []


def test_a_decoder_that_dies_is_named_and_nothing_is_lost(folder, tmp_path):
    class Dying(FakeEmbedder):
        def embed_each(self, paths):
            yield from super().embed_each(paths[:1])
            raise WorkerDied("a worker process died while it read 'b.mp4'")

    embedder = Dying()
    with pytest.raises(WorkerDied, match="read 'b.mp4'. Finished work is kept"):
        update_index(EmbeddingIndex.of(embedder), str(folder), embedder, tmp_path / 'index')
    assert list(contents(EmbeddingIndex.load(tmp_path / 'index'))) == ['a.mp4']


def test_a_link_is_known_by_the_file_that_it_leads_to(folder, index, tmp_path):
    (tmp_path / 'link.mp4').symlink_to(folder / 'a.mp4')
    assert list(index.feature_of(tmp_path / 'link.mp4')) == [1, 2]


def test_another_model_or_protocol_is_refused(folder, index):
    for other, message in (
        (FakeEmbedder('ba9876543210'), 'made with weights 0123456789ab of .*not with ba9876543210'),
        (FakeEmbedder(num_clips=5), 'num_clips 2, not 5'),
        (FakeEmbedder(standardisation='none'), 'standardisation gallery, not none'),
        (FakeEmbedder(backbone=dict(type='C3D', stride=(1, 1))), r'backbone .* not \{'),
    ):
        with pytest.raises(ValueError, match=message):
            update_index(index, str(folder), other)
        assert other.tried == []
    assert all(np.array_equal(f, index.features[p]) for p, f in index.features.items())
