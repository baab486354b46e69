"""The benchmarks at tiny size: their arithmetic, their rows, and the checks that stop them."""

import importlib
import json
import math
import mmap
import sys
import time
from multiprocessing import Process

import numpy as np
import pytest
import torch

from helpers import ROOT

FOLDER = ROOT / 'tools/benchmarks'


@pytest.fixture
def bench(monkeypatch):
    """Imports a benchmark by name, as a script finds its neighbours."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before, threads = set(sys.modules), torch.get_num_threads()
    yield importlib.import_module
    torch.set_num_threads(threads)
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], '__file__', '')):
            del sys.modules[name]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('sets')


@pytest.fixture(autouse=True)
def no_real_clips(monkeypatch):
    monkeypatch.delenv('TEV_REAL_CLIPS', raising=False)


def clip_options(folder, *sets):
    return ['--clips', str(folder), '--num-clips', '2', '--seconds', '2', '--sets', *sets]


def run(module, tmp_path, capsys, *options):
    """Rows of a benchmark, which must be those of its table and of its JSON file."""
    out = tmp_path / 'rows.json'
    rows = module.main(['--out', str(out), *map(str, options)])
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith(f'| {module.NAME} ')]) == len(rows)
    assert importlib.import_module('measuring').load_rows(out) == rows
    for row in rows:
        if row.ours is None:
            assert row.verdict.startswith('skipped: ')
        elif row.goal:
            assert any(word in row.verdict for word in ('reached', 'MISSED'))
    return rows


def assert_ratio(row, inverse=False):
    top, bottom = (row.ours, row.beside) if inverse else (row.beside, row.ours)
    assert row.figure.median == pytest.approx(top.median / bottom.median)
    assert row.figure.low <= row.figure.high


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
    from multiprocessing import Event

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


def test_sets_are_what_they_say_and_are_made_once(bench, folder):
    import av

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


def test_decode_pair(bench, folder, tmp_path, capsys):
    module = bench('decode_pair')
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'K30', 'U-avi'), '--repeats', 2,
        '--rounds', 1,
    )  # fmt: skip
    assert [row.goal for row in rows] == ['>= 1.35', '<= 1.25', '', '>= 3']
    assert '64 frames identical' in rows[0].case
    for row, inverse in zip(rows, (False, True, True, False)):
        assert_ratio(row, inverse)


def test_decode_pair_refuses_wrong_frames(bench, folder, tmp_path, monkeypatch):
    module = bench('decode_pair')
    right = module.open_video

    class OneLate:
        def __init__(self, path):
            self.reader = right(path)

        def __len__(self):
            return len(self.reader)

        def read(self, indices):
            return self.reader.read(
                np.minimum(np.asarray(indices) + 1, len(self) - 1)[:1].repeat(1)
            )[np.zeros(len(indices), int)]

    monkeypatch.setattr(module, 'open_video', OneLate)
    out = tmp_path / 'rows.json'
    with pytest.raises(module.WrongFrames, match='sequential read'):
        module.main([*clip_options(folder, 'K30'), '--rounds', '1', '--out', str(out)])
    assert not out.exists()


def test_the_no_rgb_limit_decodes_up_to_the_last_wanted_frame(bench, folder):
    """Both of its forms must come to it in every stretch, or else they raise."""
    module, video_sets = bench('decode_pair'), bench('video_sets')
    videos = video_sets.make_set(folder, 'K30', 2, 2)
    draws = module.draw_pairs(videos.paths, [60, 60], 8)
    assert {c.direction for d in draws for c in d.clips} == {1, -1}
    assert 2 in {len(module._plan(draw)) for draw in draws}  # key frames at 0 and 30
    for skip in (False, True):
        module.least_work(draws, skip)()
    with pytest.raises(module.WrongFrames), module.av.open(videos.paths[0]) as container:
        module._decode_stretch(container, container.streams.video[0], 0, {10**9}, False)


def test_file_to_pair(bench, folder, tmp_path, capsys):
    rows = run(
        bench('file_to_pair'), tmp_path, capsys, *clip_options(folder, 'K30', 'U-avi'),
        '--repeats', 2, '--rounds', 1,
    )  # fmt: skip
    measured = [row for row in rows if row.ours]
    for row in measured:
        assert_ratio(row)
    assert [row.goal for row in rows[:: len(rows) // 2]] == ['>= 2.3', '>= 4.5']


def test_stock_gets_the_frames_that_ours_drew(bench, folder):
    """Without augmentation, both sides hold the same clips, also those played backwards."""
    stock, module = bench('stock'), bench('file_to_pair')
    videos = bench('video_sets').make_set(folder, 'K30', 2, 2)
    dataset = stock.our_dataset(videos)
    samples = module.load_all(dataset, module.batches_of(dataset, rounds=4))
    draws = stock.draws_of([sample['data_samples'] for sample in samples])
    assert len(draws) == 8 and {c.direction for d in draws for c in d.clips} == {1, -1}
    plain = stock.StockClipPairs(draws, augment=False)
    expected = {path: bench('decode_pair').sequential_read(path) for path in videos.paths}
    for index, draw in enumerate(draws):
        for clip, results in zip(draw.clips, plain.clips(index)):
            wanted = np.stack([expected[draw.path][i] for i in clip.frame_indices()])
            difference = np.abs(wanted.astype(int) - np.stack(results['imgs']))
            assert difference.mean() < 2  # decord converts to RGB by itself
    again = module.load_stock(draws)
    module.check_alike(samples, again)
    again[0]['inputs'] = again[0]['inputs'].float()
    samples[0]['inputs'] = samples[0]['inputs'].float()
    with pytest.raises(AssertionError, match='float32'):
        module.check_alike(samples, again)


def test_loader(bench, folder, tmp_path, capsys):
    rows = run(
        bench('loader'), tmp_path, capsys, *clip_options(folder, 'K30'),
        '--repeats', 2, '--batch-size', 2, '--workers', 1,
    )  # fmt: skip
    assert_ratio(rows[0])
    assert [row.goal for row in rows] == ['>= 2.1', '>= 6']


def test_colour_jitter(bench, tmp_path, capsys):
    module = bench('colour_jitter')
    rows = run(module, tmp_path, capsys, '--repeats', 2, '--calls', 2, '--trials', 3)
    assert_ratio(rows[0])
    assert rows[2].verdict == 'tolerance, stated'
    assert 0 < rows[2].ours.median < rows[2].figure.median < 128


def test_colour_jitter_that_adds_nothing_has_no_finite_bound(bench):
    module, measuring = bench('colour_jitter'), bench('measuring')
    times = {module.STOCK: [8.0] * 3, 'with': [3.0, 2.0, 5.0], 'without': [2.0, 2.0, 4.0]}
    row = module.added_row(times, measuring.Goal('>=', 10), 1)
    assert (row.ours.median, row.ours.low, row.ours.high) == (1, 0, 1)
    assert (row.figure.median, row.figure.low) == (8, 8) and math.isinf(row.figure.high)
    assert row.verdict == 'MISSED'


def test_colour_jitter_refuses_draws_that_it_cannot_follow(bench, monkeypatch):
    module = bench('colour_jitter')
    frames = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    assert module.deviation_row(frames, dict.fromkeys(module._STRENGTHS, 0.1), 2)
    monkeypatch.setattr(module, 'torchvision_sequence', lambda clip, draws: clip + 10.0)
    with pytest.raises(AssertionError, match='other draws'):
        module.deviation_row(frames, dict.fromkeys(module._STRENGTHS, 0.1), 2)


def test_losses(bench, tmp_path, capsys):
    rows = run(
        bench('losses'), tmp_path, capsys, '--repeats', 2, '--videos', 16, '--anchors', 2,
        '--clips', 2, '--size', 16,
    )  # fmt: skip
    assert_ratio(rows[0])
    assert_ratio(rows[1], inverse=True)
    share = rows[2]
    low, high = share.beside.low, share.beside.high
    assert 100 * share.ours.low / (share.ours.low + high) <= share.figure.low
    assert share.figure.high <= 100 * share.ours.high / (share.ours.high + low)


def test_losses_refuses_other_values(bench, monkeypatch):
    module = bench('losses')
    heads = module.build_heads()
    module.check_values(heads)
    right = module.loop_loss
    monkeypatch.setattr(module, 'loop_loss', lambda *args: 1.001 * right(*args))
    with pytest.raises(AssertionError, match='by loops'):
        module.check_values(heads)


def test_model_step(bench, tmp_path, capsys, monkeypatch):
    module = bench('model_step')
    monkeypatch.setattr(module, 'has_amx', lambda: False)
    rows = run(module, tmp_path, capsys, '--repeats', 1, '--clips', 2, '--size', 16)
    assert [row.goal for row in rows] == ['>= 1.9', '>= 3.3']
    for row in rows:
        assert_ratio(row)
        assert 'not asked for here' in row.verdict


def test_opens(bench, folder, tmp_path, capsys):
    options = [*clip_options(folder, 'U-avi'), '--opens', 20, '--warm-up', 5]
    (row,) = run(bench('opens'), tmp_path, capsys, *options)
    assert row.verdict == 'reached'


def test_opens_sees_a_reader_that_keeps_its_frames(bench, folder, monkeypatch):
    module = bench('opens')
    videos = bench('video_sets').make_set(folder, 'U-avi', 2, 2)
    kept, right = [], module.open_video

    def leak(path):
        kept.append(mmap.mmap(-1, 40_000_000))  # not from what this process has freed before
        np.frombuffer(kept[-1], np.uint8)[:] = 1
        return right(path)

    monkeypatch.setattr(module, 'open_video', leak)
    assert max(module.growth(videos.paths, opens=3, warm_up=2)) > 100


def test_nearest_neighbours(bench, tmp_path, capsys):
    rows = run(
        bench('nearest_neighbours'), tmp_path, capsys, '--repeats', 2, '--gallery', 500,
        '--queries', 40, '--slice', 20, '--width', 16, '--k', 5,
    )  # fmt: skip
    assert_ratio(rows[1])
    assert '100.00% of the neighbours are the same' in rows[1].case


def test_gpu_training_on_a_cpu(bench, folder, tmp_path, capsys):
    module = bench('gpu_training')
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'U-avi'), '--repeats', 1,
        '--device', 'cpu', '--configs', ROOT / 'configs/tev_r3d10_motion-clips.py',
        '--batch-size', 4, '--batches', 2, '--chunk-size', 2, '--workers', 0,
    )  # fmt: skip
    assert len(rows) == 2 * len(list(module.settings_of(2)))
    for row in rows:
        assert row.figure.median == pytest.approx(100 * row.ours.median / row.beside.median)
    goals = {(row.case.split(', ')[2], row.case.split(', ')[4]): row.goal for row in rows}
    assert goals['chunks of all', 'loader'] == '>= 95'
    assert goals['chunks of all', 'batch at hand'] == ''


def test_gpu_training_without_a_gpu_says_so(bench, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    (row,) = run(bench('gpu_training'), tmp_path, capsys)
    assert row.verdict == 'skipped: no GPU'


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
    assert scripts - {'run_all', 'video_sets'} <= set(module.BENCHMARKS)


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


def test_rows_are_plain_json(bench, tmp_path):
    measuring = bench('measuring')
    measuring.report([measuring.skipped('b', 'c', 'why', measuring.Goal('>=', 2))], tmp_path / 'r')
    (row,) = json.loads((tmp_path / 'r').read_text())
    assert (row['benchmark'], row['goal'], row['verdict']) == ('b', '>= 2', 'skipped: why')
