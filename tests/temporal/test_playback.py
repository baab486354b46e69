from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from tev_mmaction.temporal import Playback, PlaybackSampler


def draw(sampler, num_frames, rng, count):
    """Frames, of a draw a row, by transformation; and the speeds that were drawn."""
    placed = [sampler.place(sampler.sample(num_frames, rng), num_frames, rng) for _ in range(count)]
    frames = {
        kind: np.array([each.clips[kind].frame_indices() for each in placed]) for kind in Playback
    }
    return frames, np.array([each.labels['speeds'][Playback.UNIFORM] for each in placed])


def assert_uniform(counts, outcomes):
    """By a χ² test."""
    assert set(counts) <= set(outcomes)
    assert chisquare([counts[outcome] for outcome in outcomes]).pvalue > 1e-3


@pytest.mark.parametrize('num_frames', [17, 31, 61, 121, 300])
def test_clips_fit_their_video_and_are_labelled(num_frames, rng):
    sampler = PlaybackSampler(16)
    for _ in range(200):
        placed = sampler.place(sampler.sample(num_frames, rng), num_frames, rng)
        speed = placed.labels['speeds'][0]
        assert placed.labels == dict(playback=(0, 1, 2, 3), speeds=(speed, 0, speed, 0))
        for clip, kind in zip(placed.clips, ('uniform', 'random', 'periodic', 'warp')):
            frames = clip.frame_indices()
            assert frames.shape == (16,) and frames.dtype == np.int64
            assert frames.min() >= 0 and frames.max() < num_frames
            assert clip.name == (f'{kind} {speed}×' if clip.speed else kind)


@pytest.mark.parametrize('num_frames, fastest', [(31, 2), (60, 2), (61, 4), (120, 4), (121, 8)])
def test_speeds_are_uniform_over_what_fits(num_frames, fastest, rng):
    _, speeds = draw(PlaybackSampler(16), num_frames, rng, 1000)
    assert_uniform(Counter(speeds.tolist()), [v for v in (1, 2, 4, 8) if v <= fastest])


def test_uniform_clips_have_a_constant_step(rng):
    frames, speeds = draw(PlaybackSampler(16), 200, rng, 300)
    steps = np.diff(frames[Playback.UNIFORM], axis=1)
    assert (steps == speeds[:, None]).all() and len(set(speeds)) == 4


def test_random_clips_are_permutations_of_successive_frames(rng):
    frames = draw(PlaybackSampler(4), 20, rng, 10000)[0][Playback.RANDOM]
    assert (np.sort(frames) - frames.min(axis=1, keepdims=True) == np.arange(4)).all()
    orders = Counter(map(tuple, frames - frames.min(axis=1, keepdims=True)))
    assert len(orders) == 24
    assert_uniform(orders, list(orders))


@pytest.mark.parametrize('speed', [1, 2, 4])
def test_periodic_clips_turn_once(speed, rng):
    """Against a list of all clips that the definition allows."""
    frames = draw(PlaybackSampler(8, speeds=speed), 60, rng, 6000)[0][Playback.PERIODIC]
    allowed = {}
    for turn in range(2, 7):  # frames before it
        for beyond in (0, 1) if speed == 1 else range(1, speed):
            there = [speed * t for t in range(turn)]
            back = [there[-1] + beyond - speed * t for t in range(8 - turn)]
            clip = np.array(there + back)
            allowed[turn, beyond] = tuple((clip - clip.min()).tolist())
            if speed > 1:
                assert not set(there) & set(back)
    assert len(set(allowed.values())) == len(allowed)
    seen = Counter(map(tuple, (frames - frames.min(axis=1, keepdims=True)).tolist()))
    assert_uniform(seen, list(allowed.values()))


def test_warped_steps_are_uniform_up_to_the_fastest_speed_that_fits(rng):
    for num_frames, fastest in ((61, 4), (120, 4), (121, 8)):
        frames = draw(PlaybackSampler(16), num_frames, rng, 400)[0][Playback.WARP]
        steps = np.diff(frames, axis=1)
        assert_uniform(Counter(steps.flatten().tolist()), range(1, fastest + 1))
        assert (steps.min(axis=1) < steps.max(axis=1)).all()


@pytest.mark.parametrize('num_frames', [6, 7, 9])  # the last fits a speed of 2
def test_warps_of_short_videos_pick_any_frames(num_frames, rng):
    """Those that leave out frames within; moved to where they fit."""
    frames = draw(PlaybackSampler(5, speeds=(1, 2)), num_frames, rng, 8000)[0][Playback.WARP]
    chosen = [c for c in combinations(range(num_frames), 5) if len(set(np.diff(c))) > 1]
    shapes = Counter(tuple(np.subtract(c, c[0]).tolist()) for c in chosen)
    seen = Counter(map(tuple, (frames - frames[:, :1]).tolist()))
    assert set(seen) == set(shapes)
    expected = [8000 * count / len(chosen) for count in shapes.values()]
    assert chisquare([seen[shape] for shape in shapes], expected).pvalue > 1e-3


@pytest.mark.parametrize('kind', Playback)
def test_places_are_uniform(kind, rng):
    """Given what the clip spans; and every clip is placed for itself."""
    frames = draw(PlaybackSampler(4, speeds=2), 12, rng, 8000)[0]
    lowest, highest = frames[kind].min(axis=1), frames[kind].max(axis=1)
    for span in set(highest - lowest):
        starts = Counter(lowest[highest - lowest == span].tolist())
        if sum(starts.values()) > 100 and span < 11:
            assert_uniform(starts, range(12 - span))
    others = frames[Playback((kind + 1) % 4)].min(axis=1)
    assert abs(np.corrcoef(lowest, others)[0, 1]) < 0.05


def test_a_video_must_be_longer_than_a_clip_to_be_warped(rng):
    assert PlaybackSampler(16, speeds=(2, 4)).min_frames == 31
    sampler = PlaybackSampler(16)
    assert sampler.min_frames == sampler.required_frames(None) == 17
    assert set(np.diff(sampler.place(None, 17, rng).clips[3].frames)) == {1, 2}
    with pytest.raises(ValueError, match='PlaybackSampler with clips of 16 frames needs 17'):
        sampler.place(None, 16, rng)


def test_same_generator_state_same_draws():
    first, second = (
        PlaybackSampler(8).place(None, 100, np.random.default_rng(3)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    'arguments, named',
    [
        (dict(clip_len=3), 'clip_len=3: .* at least 4 frames'),
        (dict(clip_len=8.0), 'clip_len=8.0'),
        (dict(clip_len=8, speeds=(2, 1)), r'speeds=\(2, 1\)'),
        (dict(clip_len=8, speeds=()), 'speeds'),
    ],
)
def test_wrong_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        PlaybackSampler(**arguments)
