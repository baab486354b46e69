from helpers import write_clip
from reporting.run_folders import retrieval_record
from tev_mmaction.reporting import retrieval_gallery
from tev_mmaction.reporting.pages import size_of


def test_the_query_and_its_neighbours(tmp_path):
    videos = [write_clip(tmp_path / f'{number}.mp4', 20) for number in range(3)]
    record = retrieval_record([*videos, tmp_path / 'gone.mp4'], num_examples=2)
    rows = retrieval_gallery(record, 1_000_000)
    assert len(rows) == 2
    for number, row in enumerate(rows):
        # by turns of the other class and of the query's
        kinds = ['query', 'wrong', 'right', 'wrong', 'right', 'wrong']
        assert [video['kind'] for video in row] == kinds
        similarities = [None, 0.875, 0.75, 0.625, 0.5, 0.375]
        assert [video['similarity'] for video in row] == similarities
        names = [video['path'].rpartition('/')[2] for video in row]
        assert names == (['0.mp4', '1.mp4', '2.mp4', 'gone.mp4'] * 3)[number : number + 6]
        for name, video in zip(names, row):
            assert video['picture'].get('gone', '') == ('does not exist' * (name == 'gone.mp4'))
        assert {video['class_name'] for video in row} == {'wave', 'walk <b>'}
        assert row[0]['class_name'] == ('wave', 'walk <b>')[number]


def test_classes_without_names(tmp_path):
    (row,) = retrieval_gallery(retrieval_record([tmp_path / 'gone.mp4'], 1, classes=()), 10_000)
    assert {video['class_name'] for video in row} == {'class 0', 'class 1'}


def test_a_long_gallery_keeps_to_its_budget(monkeypatch, tmp_path):
    limits = set()

    def pictures(path, max_bytes):
        limits.add(max_bytes)
        return ('A' * (max_bytes * 2 // 3),) * 2

    monkeypatch.setattr('tev_mmaction.reporting.pages.thumbnails', pictures)
    videos = [f'/{"long" * 200}/{number}.mp4' for number in range(3000)]
    rows = retrieval_gallery(retrieval_record(videos, num_examples=2000), 10_000_000)
    assert 8_000_000 < size_of(rows) < 10_000_000
    shown = [int(row[0]['path'].rpartition('/')[2][:-4]) for row in rows]
    assert shown == list(range(0, 2000, 50))
    retrieval_gallery(retrieval_record(videos, 1), 20_000_000)
    assert max(limits) == 60_000
