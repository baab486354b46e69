"""What the benchmarks share: arithmetic, clocks, video sets, and the page that they make."""

import json
import time
from multiprocessing import Event, Process

import av
import pytest

from benchmarks import FOLDER


def test_ratios_ranges_and_verdicts(bench):
    measuring = bench('measuring')
    times = {'ours': [1.0, 2.0, 4.0], 'stock': [6.0, 5.0, 8.0]}
    row = measuring.compare('b', 'c', times, 'ours', 'stock', measuring.Goal('>=', 3))
    assert (row.ours.median, row.beside.median, row.repeats) == (2000, 6000, 3)
    assert (row.figure.median, row.figure.low, row.figure.high) == (3, 2, 6)
    assert row.verdict == 'reached'
    assert row.cells() == (
        'b',
        'c',
        '2000 (1000 to 4000) ms',
        'stock: 6000 (5000 to 8000) ms',
        'stock / ours: 3.00 (2.00 to 6.00)',
        '>= 3',
        'reached',
    )
    row = measuring.compare(
        'b', 'c', times, 'ours', 'stock', measuring.Goal('<=', 0.3), inverse=True
    )
    assert row.figure.median == pytest.approx(1 / 3)
    assert row.verdict == 'MISSED'
    assert measuring.Goal('<', 1).verdict(1) == 'MISSED'
    assert measuring.Goal('>=', 1, applies=False).verdict(0) == '(MISSED; not asked for here)'


def test_sides_run_in_turns_after_one_that_does_not_count(bench):
    calls, seconds = [], iter(range(100))
    sides = {name: lambda name=name: calls.append(name) for name in 'ab'}
    times = bench('measuring').interleaved(sides, 3, clock=lambda: next(seconds))
    assert ''.join(calls) == 'ab' + 'ab' + 'ba' + 'ab'
    assert times == {'a': [1, 1, 1], 'b': [1, 1, 1]}


def burn(seconds):
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass


def burn_and_wait(seconds, event_in, event_out):
    burn(seconds)
    event_out.set()
    event_in.wait()


def test_the_clock_counts_children_that_live_on(bench):
    clock = bench('measuring').CpuClock()
    go, burnt = Event(), Event()
    child = Process(target=burn_and_wait, args=(0.2, go, burnt))
    start = clock()
    child.start()
    assert burnt.wait(60)
    assert clock() - start >= 0.2
    last = clock()
    go.set()
    child.join()
    assert clock() >= last  # what a child had cost is not forgotten when it ends


def test_a_cache_that_cannot_be_made_says_why(bench, folder):
    caches, video_sets = bench('caches'), bench('video_sets')
    nothing = video_sets.VideoSet('nothing', folder / 'nothing')
    with pytest.raises(RuntimeError, match='cache_videos.py --format h264: .*nothing'):
        caches.make_cache(nothing, folder, 'h264')
    assert not (folder / 'caches/nothing_h264').exists()


def test_sets_are_what_they_say_and_are_made_once(bench, folder):
    video_sets = bench('video_sets')
    for name, codec, first, second in (
        ('K30', 'h264', 0, 30),
        ('U-avi', 'mpeg4', 0, 12),
        ('U-avi-long', 'mpeg4', 0, None),
    ):
        videos = video_sets.make_set(folder, name, 2, 2)
        with av.open(videos.paths[0]) as container:
            stream = container.streams.video[0]
            assert stream.codec_context.name == codec
            packets = [packet for packet in container.demux(stream) if packet.size]
        assert len(packets) == (60 if name == 'K30' else 50)
        keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
        assert keys[:2] == [number for number in (first, second) if number is not None]
        assert videos.is_avi == (codec == 'mpeg4')
    stamp = (folder / 'K30_2x60/videos/000.mp4').stat().st_mtime_ns
    assert video_sets.make_set(folder, 'K30', 2, 2).paths[0].endswith('K30_2x60/videos/000.mp4')
    assert (folder / 'K30_2x60/videos/000.mp4').stat().st_mtime_ns == stamp


def test_real_clips_are_a_set_where_there_are_any(bench, folder, real_clips, monkeypatch):
    video_sets = bench('video_sets')
    assert video_sets.real_set(folder, 3) == []
    monkeypatch.setenv('TEV_REAL_CLIPS', str(real_clips))
    (videos,) = video_sets.real_set(folder, 3)
    assert videos.name == 'UCF101' and videos.is_avi and len(videos.paths) == 3


def test_rows_are_plain_json(bench, tmp_path):
    measuring = bench('measuring')
    measuring.report([measuring.skipped('b', 'c', 'why', measuring.Goal('>=', 2))], tmp_path / 'r')
    (row,) = json.loads((tmp_path / 'r').read_text())
    assert (row['benchmark'], row['goal'], row['verdict']) == ('b', '>= 2', 'skipped: why')


def test_run_all_writes_a_page(bench, tmp_path, monkeypatch):
    module, measuring = bench('run_all'), bench('measuring')
    times = {'ours': [1.0, 1.0], 'stock': [2.0, 2.0]}
    rows = [
        measuring.compare('decoding', 'good', times, 'ours', 'stock', measuring.Goal('>=', 2)),
        measuring.compare('decoding', 'bad', times, 'ours', 'stock', measuring.Goal('>=', 3)),
        measuring.compare(
            'decoding', 'elsewhere', times, 'ours', 'stock', measuring.Goal('>=', 3, False)
        ),
    ]
    measuring.report(rows, tmp_path / 'rows.json')
    script = """
import os, shutil, sys
import tev_mmaction
assert os.environ['OMP_NUM_THREADS'] == '1'
assert sys.argv[3:] == ['--repeats', '1', '--clips', 'some folder'], sys.argv
shutil.copy(os.path.join(os.path.dirname(__file__), 'rows.json'), sys.argv[2])
"""
    (tmp_path / 'decode_pair.py').write_text(script)
    monkeypatch.setattr(module, 'HERE', tmp_path)
    module.main(
        ['--only', 'decode_pair', '--repeats', '1', '--docs', str(tmp_path / 'docs')]
        + ['--clips', 'some folder']
    )
    (page,) = (tmp_path / 'docs').iterdir()
    text = page.read_text()
    assert page.name.endswith('-partial.md')
    for needed in ('torch ', 'av ', ' cores', ' GiB', '- commit: ', '- threads: 1'):
        assert needed in text, needed
    assert 'Goals: 1 reached, 1 MISSED.' in text
    assert measuring.table(rows) in text
    assert 'run_all.py --repeats 1 --only decode_pair`' in text


def test_run_all_knows_every_benchmark(bench):
    module = bench('run_all')
    scripts = {path.stem for path in FOLDER.glob('*.py') if 'def main(argv' in path.read_text()}
    of_a_file = {'divided_memory', 'torchcodec_frames'}  # that the user names
    assert scripts - {'run_all', 'video_sets'} - of_a_file <= set(module.BENCHMARKS)


def test_run_all_tells_of_a_benchmark_that_fails(bench, monkeypatch, tmp_path):
    module = bench('run_all')
    monkeypatch.setattr(module, 'HERE', tmp_path)
    (tmp_path / 'broken.py').write_text('raise SystemExit(3)')
    (row,), _ = module.run('broken', None, [])
    assert row.verdict == 'skipped: FAILED, exit status 3'
    (row,), _ = module.run('absent', None, [])
    assert row.verdict == 'skipped: there is no absent.py'


def test_run_all_quotes_a_benchmark_without_rows(bench, monkeypatch, tmp_path):
    module = bench('run_all')
    monkeypatch.setattr(module, 'HERE', tmp_path)
    (tmp_path / 'chunked_step.py').write_text('print("measured: 1 MiB")')
    rows, text = module.run('chunked_step', None, [])
    assert (rows, text) == ([], 'measured: 1 MiB')
    page = module.markdown([], {'chunked_step': text}, {'chunked_step': 1.0}, 'command', 'today')
    assert '## chunked_step\n\n```\nmeasured: 1 MiB\n```' in page
