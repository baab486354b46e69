from collections import Counter

import numpy as np
import pytest

from tev_mmaction.temporal import FrameTasksSampler

LENGTH, MOVED, SPEEDS = 8, 3, (1, 2, 4)


def placed(seed, num_frames=60, **changes):
    sampler = FrameTasksSampler(LENGTH, **dict(dict(num_moved=MOVED, num_pieces=2), **changes))
    return sampler.place(None, num_frames, np.random.default_rng(seed))


def test_labels_tell_which_frames_are_out_of_place():
    starts = Counter()
    for seed in range(200):
        (first, _), labels = placed(seed)
        start = min(first.frames)
        assert sorted(first.frames) == list(range(start, start + LENGTH))
        moved = tuple(int(frame != start + i) for i, frame in enumerate(first.frames))
        assert labels['out_of_place'] == (moved, (0,) * LENGTH) and sum(moved) == MOVED
        starts[start] += 1
    assert min(starts) < 5 and max(starts) > 47 and max(starts) <= 60 - LENGTH


def test_labels_tell_the_steps():
    seen = set()
    for seed in range(200):
        (_, second), labels = placed(seed)
        none, skips = labels['skips']
        assert none == (0,) * LENGTH and len(skips) == LENGTH
        steps = np.diff(second.frames).tolist()
        assert steps == [SPEEDS[skip] for skip in skips[:-1]] and skips[-1] == skips[-2]
        assert len(set(steps[:4])) == len(set(steps[4:])) == 1  # two parts of seven steps
        assert second.frames[0] >= 0 and second.frames[-1] < 60
        seen.add((steps[0], steps[-1]))
    assert len(seen) == 9


def test_steps_fit_the_video():
    sampler = FrameTasksSampler(LENGTH, num_moved=2)
    assert sampler.min_frames == 8
    for num_frames, fitting in ((8, {0}), (15, {0, 1}), (29, {0, 1, 2})):
        assert sampler.possible_labels(num_frames)['skips'] == fitting
        drawn = [placed(seed, num_frames) for seed in range(60)]
        assert {skip for each in drawn for skip in each.labels['skips'][1]} == fitting
        assert max(max(clip.frames) for each in drawn for clip in each.clips) < num_frames
    assert sampler.possible_labels(7) == dict(out_of_place=set(), skips=set())
    with pytest.raises(ValueError, match='7 frames is too short'):
        placed(0, 7)


def test_arguments_are_checked():
    for wrong in (dict(num_moved=1), dict(num_moved=9), dict(num_pieces=0), dict(num_pieces=9)):
        with pytest.raises(ValueError, match=f'{next(iter(wrong))}=.*to clip_len=8'):
            FrameTasksSampler(LENGTH, **wrong)
