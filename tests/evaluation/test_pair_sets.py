"""Reading of samples, parting of videos, targets, and the matrix."""

import numpy as np
import pytest
import torch

from evaluation.pair_samples import batch_of, clips_of, motion_features
from tev_mmaction.evaluation.pair_sets import (
    pair_sets,
    part_videos,
    read_sample,
    similarity_matrix,
)
from tev_mmaction.temporal import PlaybackSampler


@pytest.fixture
def clips(rng):
    return clips_of(rng, num_videos=9, num_pairs=4)


def read(clips, features, **options):
    batch, outputs = batch_of(clips, features, **options)
    return [
        read_sample(inputs, sample.metainfo, output)
        for inputs, sample, output in zip(batch['inputs'], batch['data_samples'], outputs)
    ]


def test_targets_are_those_of_the_clips(clips, rng):
    videos = read(clips, motion_features(clips, rng))
    pairs, _, _ = pair_sets(videos, videos)
    found = pairs.targets(('shift', 'speed', 'direction'))
    expected = [(v[i], v[i + 1]) for v in clips for i in range(0, 8, 2)]
    assert found['shift'].tolist() == [q.start - p.start for p, q in expected]
    assert found['speed'].tolist() == [np.log2(q.speed / p.speed) for p, q in expected]
    same = [p.direction == q.direction for p, q in expected]
    assert (found['direction'] > 0).tolist() == same
    assert pairs.videos.tolist() == np.repeat(np.arange(9), 4).tolist()


def test_standardised_by_the_clips_that_are_fitted(clips, rng):
    fit, test = part_videos(read(clips, motion_features(clips, rng)), 0.4)
    fitted, tested, constant = pair_sets(fit, test)
    raw = [np.concatenate([video.features for video in part]) for part in (fit, test)]
    mean, std = raw[0].reshape(-1, 12).mean(axis=0), raw[0].reshape(-1, 12).std(axis=0)
    for part, values in zip((fitted, tested), raw):
        np.testing.assert_allclose(part.features, (values - mean) / std, atol=1e-4)
        np.testing.assert_array_equal(part.vectors, part.features.reshape(-1, 24))
    assert constant == 0


def test_parts_share_no_video_and_are_the_same_each_time(clips, rng):
    videos = read(clips, motion_features(clips, rng))
    for share, number in ((0.5, 4), (0.01, 1), (0.99, 7)):
        fit, test = part_videos(videos, share)
        names = [video.filename for video in (*fit, *test)]
        assert sorted(names) == [video.filename for video in videos]
        assert len(test) == number
        again = part_videos(videos, share)
        assert [[v.filename for v in part] for part in again] == [
            [v.filename for v in part] for part in (fit, test)
        ]


@pytest.mark.parametrize(
    'spoil, message',
    [
        (lambda info: info.update(clips=()), 'does not contain pairs of clips'),
        (lambda info: info.update(clips=info['clips'][:3]), 'IndependentPairsSampler'),
        (lambda info: info.pop('clips'), 'does not contain pairs of clips'),
        (lambda info: info.update(skipped=(('b.mp4', 'is empty'),)), 'read instead of b.mp4'),
    ],
)
def test_samples_that_hold_no_pairs(clips, rng, spoil, message):
    batch, outputs = batch_of(clips, motion_features(clips, rng))
    info = dict(batch['data_samples'][0].metainfo)
    spoil(info)
    with pytest.raises(ValueError, match=f'v/0.mp4 .*{message}'):
        read_sample(batch['inputs'][0], info, outputs[0])


def test_clips_without_speed_and_start(clips, rng):
    played = PlaybackSampler(clip_len=8).place(None, 100, rng).clips
    batch, outputs = batch_of([played], [np.zeros((len(played), 12))])
    with pytest.raises(ValueError, match='does not contain pairs of clips'):
        read_sample(batch['inputs'][0], batch['data_samples'][0].metainfo, outputs[0])


@pytest.mark.parametrize(
    'output, message',
    [
        (torch.zeros(12), r'expected features \(8, D\) of as many clips, got \(12,\)'),
        (torch.zeros(7, 12), r'got \(7, 12\)'),
        (dict(pred_score=1), 'got NoneType'),
        (torch.full((8, 12), torch.nan), 'NaN or infinite'),
        (
            dict(clip_features=torch.zeros(8, 12), relative_vectors=torch.full((4, 2), torch.inf)),
            'NaN or infinite',
        ),
    ],
)
def test_models_that_give_no_features(clips, rng, output, message):
    batch, _ = batch_of(clips, motion_features(clips, rng))
    with pytest.raises(ValueError, match=f'v/0.mp4: .*{message}'):
        read_sample(batch['inputs'][0], batch['data_samples'][0].metainfo, output)


def test_a_collapsed_backbone(clips):
    videos = read(clips, [np.ones((8, 12))] * 9)
    with pytest.raises(ValueError, match='all 48 rows to fit have the same features: .*collapsed'):
        pair_sets(videos[:6], videos[6:])


def test_the_matrix_is_of_the_vectors_ordered_by_shift(clips, rng):
    vectors = rng.normal(size=(9, 4, 6))
    videos = read(clips, motion_features(clips, rng), vectors=vectors)
    fit, test = videos[:5], videos[5:]
    _, pairs, _ = pair_sets(fit, test)
    known, asked = vectors[:5].reshape(-1, 6), vectors[5:].reshape(-1, 6)
    unit = (asked - known.mean(axis=0)) / known.std(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    matrix = similarity_matrix(pairs, 100)
    shifts = pairs.targets(('shift',))['shift']
    assert matrix['shifts'] == sorted(shifts)
    for row, column in ((0, 0), (0, 15), (7, 3)):
        at = [np.flatnonzero(shifts == matrix['shifts'][place]) for place in (row, column)]
        candidates = (unit[at[0]] @ unit[at[1]].T).ravel()
        assert np.abs(candidates - matrix['similarity'][row][column]).min() < 1e-3
    small = similarity_matrix(pairs, 5)
    assert np.shape(small['similarity']) == (5, 5)
    assert small['shifts'][0] == min(shifts) and small['shifts'][-1] == max(shifts)
    assert {len(small[key]) for key in ('shifts', 'speeds', 'directions', 'videos')} == {5}
