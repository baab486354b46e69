import re

from helpers import write_clip
from tev_mmaction.visualization import retrieval_gallery
from visualization.run_folders import retrieval_record


def test_the_query_and_its_neighbours(tmp_path):
    videos = [write_clip(tmp_path / f'{number}.mp4', 20) for number in range(3)]
    record = retrieval_record([*videos, tmp_path / 'gone.mp4'], num_examples=2)
    rows = retrieval_gallery(record, 1_000_000).split('<div class="example">')[1:]
    assert len(rows) == 2
    for number, text in enumerate(rows):
        kinds = re.findall(r'<figure class="(\w+)"', text)
        # by turns of the other class and of the query's
        assert kinds == ['query', 'wrong', 'right', 'wrong', 'right', 'wrong']
        assert text.count('✓') == 2 and text.count('✗') == 3
        assert re.findall(r'0\.\d\d', text) == ['0.88', '0.75', '0.62', '0.50', '0.38']
        names = re.findall(r'title="[^"]*/([^"/]+)"', text)
        order = ['0.mp4', '1.mp4', '2.mp4', 'gone.mp4'] * 3
        assert names == order[number : number + 6]
        assert text.count('<img') + text.count('does not exist') == 6
        assert 'walk &lt;b&gt;' in text and '<b>query</b> ' + ('wave', 'walk')[number] in text


def test_classes_without_names(tmp_path):
    text = retrieval_gallery(retrieval_record([tmp_path / 'gone.mp4'], 1, classes=()), 10_000)
    assert 'class 0' in text and 'class 1' in text


def test_a_long_gallery_keeps_to_its_budget(monkeypatch, tmp_path):
    limits = set()

    def pictures(path, max_bytes):
        limits.add(max_bytes)
        return ('A' * (max_bytes * 2 // 3),) * 2

    monkeypatch.setattr('tev_mmaction.visualization.html.thumbnails', pictures)
    videos = [f'/{"long" * 200}/{number}.mp4' for number in range(3000)]
    record = retrieval_record(videos, num_examples=2000)
    text = retrieval_gallery(record, 10_000_000)
    assert 8_000_000 < len(text.encode()) < 10_000_000
    assert text.count('class="example"') == 40
    shown = [int(n) for n in re.findall(r'class="query" title="[^"]*/(\d+)\.mp4"', text)]
    assert shown == list(range(0, 2000, 50))
    retrieval_gallery(retrieval_record(videos, 1), 20_000_000)
    assert max(limits) == 60_000
