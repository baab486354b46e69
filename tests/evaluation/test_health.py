"""Rank, LiDAR, alignment and uniformity against explicit loops, scipy, and known cases."""

import numpy as np
import pytest
import scipy.linalg

from tev_mmaction.evaluation.health import alignment, health, lidar, rankme, uniformity


def entropy_rank(spectrum):
    shares = [value / sum(spectrum) + 1e-7 for value in spectrum]
    return np.exp(-sum(share * np.log(share) for share in shares))


@pytest.fixture(params=[(40, 2, 6), (12, 3, 30)])
def features(request, rng):
    """More clips than dimensions, and fewer."""
    num_videos, num_clips, width = request.param
    videos = rng.normal(size=(num_videos, 1, width)) * rng.uniform(0.1, 3, width)
    return 1 + videos + 0.3 * rng.normal(size=(num_videos, num_clips, width))


def test_rankme_from_eigenvalues(features):
    rows = features.reshape(-1, features.shape[-1])
    size = min(rows.shape)
    gram = rows @ rows.T if size == len(rows) else rows.T @ rows
    singular = np.sqrt(np.clip(scipy.linalg.eigvalsh(gram), 0, None))
    assert rankme(features) == pytest.approx(entropy_rank(singular), rel=1e-6)


def test_lidar_from_a_generalised_eigenproblem(features):
    num_videos, num_clips, width = features.shape
    means = [sum(clips) / num_clips for clips in features]
    centre = sum(means) / num_videos
    between, within = np.zeros((width, width)), np.zeros((width, width))
    for clips, mean in zip(features, means):
        between += np.outer(mean - centre, mean - centre) / num_videos
        for clip in clips:
            within += np.outer(clip - mean, clip - mean) / num_videos / num_clips
    within += 1e-4 * np.trace(within) / width * np.eye(width)
    values = scipy.linalg.eigh(between, within, eigvals_only=True)
    kept = np.sort(np.clip(values, 0, None))[::-1][: min(num_videos, width)]
    assert lidar(features) == pytest.approx(entropy_rank(kept), rel=1e-6)
    assert lidar(1000 * features) == pytest.approx(lidar(features), rel=1e-9)


def test_alignment_and_uniformity_pair_by_pair(features):
    unit = [[clip / np.linalg.norm(clip) for clip in clips] for clips in features]
    near = [
        np.sum((clips[i] - clips[j]) ** 2) for clips in unit for j in range(len(clips))
        for i in range(j)
    ]  # fmt: skip
    assert alignment(features) == pytest.approx(np.mean(near))
    far = [
        np.exp(-2 * np.sum((one - other) ** 2))
        for number, clips in enumerate(unit) for others in unit[number + 1:]
        for one in clips for other in others
    ]  # fmt: skip
    assert uniformity(features) == pytest.approx(np.log(np.mean(far)))


def test_known_cases(rng):
    axes = np.eye(8)[:, None].repeat(2, axis=1)  # both clips of 8 videos are equal
    figures = health(axes)
    assert figures['rankme'] == pytest.approx(8, rel=1e-4)
    assert figures['lidar'] == pytest.approx(7, rel=1e-4)  # the mean takes one dimension
    assert figures['alignment'] == 0 and figures['uniformity'] == pytest.approx(-4)
    collapsed = health(np.full((8, 2, 5), 3.0) + 1e-9 * rng.normal(size=(8, 2, 5)))
    assert collapsed['rankme'] == pytest.approx(1, abs=1e-4) and collapsed['lidar'] == 1
    assert collapsed['alignment'] == pytest.approx(0, abs=1e-12)
    assert collapsed['uniformity'] == pytest.approx(0, abs=1e-12)
    assert rankme(np.zeros((4, 2, 5))) == 1
    line = rng.normal(size=(30, 2, 1)) * np.ones(6) + 0.01 * rng.normal(size=(30, 2, 6))
    assert rankme(line) < 1.5 < 5 < rankme(rng.normal(size=(300, 2, 6)))
    assert set(health(axes[:, :1])) == {'rankme', 'uniformity'}


def test_lidar_does_not_count_what_differs_within_videos(rng):
    """RankMe counts it: noise of the clips that no video is told by."""
    videos = np.zeros((200, 1, 8))
    videos[..., :2] = rng.normal(size=(200, 1, 2))
    features = videos + np.array([0.01] * 2 + [1.0] * 6) * rng.normal(size=(200, 2, 8))
    assert lidar(features) < 2.5 and rankme(features) > 6
