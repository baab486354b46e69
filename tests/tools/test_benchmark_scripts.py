"""The benchmarks at tiny size: their rows, and the checks that stop them."""

import math
import mmap
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import assert_ratio, clip_options, run
from processes import Calls


def test_decode_pair(bench, folder, tmp_path, capsys):
    module = bench('decode_pair')
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'K30', 'U-avi'), '--repeats', 2,
        '--rounds', 1,
    )  # fmt: skip
    bounds = ['>= 1.35', '>= 1.35', '<= 1.25', '', '>= 3', '>= 3']
    assert [row.goal for row in rows] == bounds
    assert '64 frames identical' in rows[0].case and 'pictures' in rows[1].case
    for row, inverse in zip(rows, (False, False, True, True, False, False)):
        assert_ratio(row, inverse)


def test_decode_pair_counts_wrong_frames_of_torchcodec(
    bench, folder, tmp_path, capsys, monkeypatch
):
    """A stand-in for it returns the first frame for every other one."""
    module, torchcodec_frames = bench('decode_pair'), bench('torchcodec_frames')
    monkeypatch.setattr(torchcodec_frames, 'is_installed', lambda: True)
    monkeypatch.setattr(
        torchcodec_frames,
        'read',
        lambda path, indices, mode: module.open_video(path).read(indices)[
            np.arange(len(indices)) // 2 * 2
        ],
    )
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'U-avi'), '--repeats', 1, '--rounds', 1
    )
    assert [row.goal for row in rows] == ['>= 3', '>= 3'] + ['>= 1'] * 4
    for row in rows[2:]:
        wrong, total = (int(word) for word in row.case.split() if word.isdigit())
        assert 0 < wrong <= total // 2


def test_decode_pair_refuses_wrong_frames(bench, folder, tmp_path, monkeypatch):
    module = bench('decode_pair')
    right = module.open_video

    class OneLate:
        def __init__(self, path, *_, **__):
            self.reader = right(path)

        def picture_index(self):
            return None

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


def test_file_to_pair(bench, folder, tmp_path, capsys, monkeypatch):
    module, calls = bench('file_to_pair'), Calls()

    def call(command, **options):
        """The first as it stands; those of the other formats without processes of their own."""
        return calls([*command[:-1], '0'] if calls.known else command, **options)

    monkeypatch.setattr(module.caches, 'subprocess', SimpleNamespace(run=call))
    options = [*clip_options(folder, 'K30'), '--repeats', 1, '--rounds', 1]
    rows = run(module, tmp_path, capsys, *options)
    for row in rows:
        assert_ratio(row)
    assert [row.goal for row in rows] == ['>= 2.3', '>= 12', '>= 4.5', '']
    assert [row.figure_of.split()[-1] for row in rows] == ['ours', 'mjpeg', 'h264', 'memmap']


def test_file_to_pair_refuses_a_cache_with_other_pairs(bench, folder, monkeypatch):
    module, video_sets = bench('file_to_pair'), bench('video_sets')
    shorter = video_sets.make_set(folder, 'U-avi', 2, 2)
    monkeypatch.setattr(module.caches, 'make_caches', lambda *args: dict(mjpeg=shorter))
    with pytest.raises(AssertionError, match='the mjpeg cache has other pairs'):
        module.main([*clip_options(folder, 'K30'), '--repeats', '1', '--rounds', '1'])


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


def test_data_list(bench, tmp_path, capsys, monkeypatch):
    module = bench('data_list')
    monkeypatch.setattr(module, 'in_a_new_process', lambda work: work())
    monkeypatch.setattr('gc.collect', int)  # a second each, and nothing to measure here
    monkeypatch.setattr(module, '_SHORT', 10)
    options = ['--videos', 40, '--methods', 'fork', '--batches', 8, '--repeats', 1]
    rows = run(module, tmp_path, capsys, *options)
    assert [row.goal for row in rows] == ['', '', '<= 200', '<= 200', '', '', '']
    assert 80 < rows[2].ours.median < 130 and rows[2].verdict == 'reached'
    assert rows[2].ours == rows[2].beside and all(row.repeats == 1 for row in rows)
    assert_ratio(rows[4])


def test_loader(bench, folder, tmp_path, capsys):
    rows = run(
        bench('loader'), tmp_path, capsys, *clip_options(folder, 'K30'),
        '--repeats', 2, '--batch-size', 2, '--workers', 1,
    )  # fmt: skip
    for row in rows:
        assert_ratio(row)
    assert [row.goal for row in rows] == ['>= 2.3', '>= 2.3', '>= 6']


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


def test_shards(bench, folder, tmp_path, capsys, monkeypatch):
    """Each pair is one request, of single files and of shards; kept blocks save requests."""
    module = bench('shards')
    monkeypatch.setattr(module, 'find_spec', lambda name: None)
    rows = run(
        module, tmp_path, capsys, *clip_options(folder, 'K30'), '--videos', 8, '--batch-size', 4,
        '--repeats', 1, '--latencies', 1, '--workers', 0, '--buffer', 4,
    )  # fmt: skip
    assert [row.figure.median for row in rows[:3]] == [0, 0, 0]
    assert rows[3].verdict == 'skipped: the package lmdb is not installed'
    single, random, ordered = rows[4:]
    assert (single.figure.median, random.figure.median) == (1, 1)
    assert 0 < ordered.figure.median < 1
