import numpy as np
import pytest

from tev_mmaction.temporal import ClipPair, IndependentPairsSampler, RelativeTransformSampler


def place(num_frames=60, seed=0, **changes):
    cfg = dict(clip_len=8, speeds=(1, 2, 4), num_pairs=3) | changes
    sampler = IndependentPairsSampler(**cfg)
    shared = sampler.sample(num_frames, np.random.default_rng(1))
    assert shared is None and sampler.required_frames(shared) == sampler.min_frames == 8
    return sampler.place(shared, num_frames, np.random.default_rng(seed))


def test_pairs_lie_within_the_video_and_are_labelled():
    for seed in range(50):
        placed = place(num_frames=8 + seed, seed=seed)
        assert len(placed.clips) == 6
        for clip in placed.clips:
            indices = clip.frame_indices()
            assert len(indices) == 8 and indices.min() >= 0 and indices.max() < 8 + seed
        assert placed.labels['speeds'] == tuple(clip.speed for clip in placed.clips)
        assert placed.labels['directions'] == tuple(clip.direction for clip in placed.clips)
        assert set(placed.labels) == {'speeds', 'directions'}


@pytest.mark.parametrize('changes', [dict(), dict(balance_order=True), dict(shifted=False)])
def test_each_pair_is_drawn_as_for_training(changes):
    """Draw by draw what RelativeTransformSampler draws for this video."""
    rng = np.random.default_rng(5)
    plain = RelativeTransformSampler(clip_len=8, speeds=(1, 2, 4), **changes)
    placed = place(seed=5, num_pairs=4, **changes)
    for p, q in zip(placed.clips[::2], placed.clips[1::2]):
        assert ClipPair(p, q) == plain.place(plain.sample(60, rng), 60, rng)


def test_pairs_differ():
    placed = place(num_pairs=12)
    assert len({(p, q) for p, q in zip(placed.clips[::2], placed.clips[1::2])}) > 10


@pytest.mark.parametrize('value', [0, 1.5, True])
def test_wrong_number_of_pairs(value):
    with pytest.raises(ValueError, match=f'num_pairs={value}: give a whole number, at least 1'):
        IndependentPairsSampler(clip_len=8, num_pairs=value)


def test_too_short_a_video():
    with pytest.raises(ValueError, match='7 frames is too short: IndependentPairsSampler'):
        place(num_frames=7)
