"""The metric on features whose answers are known, and what it refuses."""

import json

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import Evaluator

from evaluation.pair_samples import (
    appearance_features,
    batch_of,
    clips_of,
    evaluate,
    motion_features,
)
from processes import run_ranks

NAMES = ('equivariance/shift_r2', 'equivariance/speed_r2', 'equivariance/direction_acc')


def metric(meta=None, **changes):
    built = METRICS.build(dict(type='EquivarianceMetric', split='made up', **changes))
    built.dataset_meta = meta
    return built


@pytest.fixture
def clips(rng):
    return clips_of(rng)


@pytest.mark.parametrize('as_dicts', [True, False])
def test_features_that_hold_start_speed_and_direction_tell_all(clips, rng, as_dicts):
    figures = evaluate(metric(), clips, motion_features(clips, rng), as_dicts=as_dicts)
    assert set(figures) == set(NAMES)
    assert figures['equivariance/shift_r2'] > 0.999 and figures['equivariance/speed_r2'] > 0.999
    assert figures['equivariance/direction_acc'] == 1


def test_each_figure_is_about_what_it_says(clips, rng):
    """Features of one of the three alone."""
    facts = [lambda c: c.start / 30, lambda c: np.log2(c.speed), lambda c: c.direction]
    for known, fact in enumerate(facts):
        mixing = rng.normal(size=(1, 12))
        features = [np.array([[fact(clip)] for clip in video]) @ mixing for video in clips]
        figures = list(evaluate(metric(), clips, features).values())
        # A speed bounds where clips can start, and so tells a little of the shift.
        other = [value for number, value in enumerate(figures) if number != known]
        assert figures[known] > 0.999
        assert all(value < 0.65 for value in other), figures


def test_directions_are_read_off_each_clip_where_pairs_are_few(rng):
    """Far fewer pairs than products of two features."""
    clips = clips_of(rng, num_videos=40, num_pairs=4)
    features = motion_features(clips, rng, width=60)
    features = [values + rng.normal(size=values.shape) for values in features]
    ours = metric(targets=('direction',))
    assert evaluate(ours, clips, features)['equivariance/direction_acc'] > 0.9
    assert ours.record.details['fits']['direction']['how'] == 'signs'


def test_a_relation_is_told_where_no_direction_is(clips, rng):
    """Features that turn round with the direction, each video's another way."""
    width = 6
    features = [
        np.array([clip.direction for clip in video])[:, None] * rng.normal(size=width)
        for video in clips
    ]
    ours = metric(targets=('direction',))
    assert evaluate(ours, clips, features)['equivariance/direction_acc'] > 0.95
    assert ours.record.details['fits']['direction']['how'] == 'bilinear'
    assert ours.record.details['fits']['direction']['folds_acc'] > 0.95


@pytest.mark.parametrize('seed', range(3))
def test_appearance_tells_nothing(seed):
    """Though it tells every video from all others: none is both fitted and tested."""
    rng = np.random.default_rng(seed)
    clips = clips_of(rng, num_videos=90)
    figures = evaluate(metric(), clips, appearance_features(clips, rng))
    assert -0.1 < figures['equivariance/shift_r2'] < 0.02
    assert -0.1 < figures['equivariance/speed_r2'] < 0.02
    assert abs(figures['equivariance/direction_acc'] - 0.5) < 0.12


def test_a_video_known_by_heart_does_not_help(rng):
    """Pairs of a video are all alike, videos differ, and features say which video it is."""
    clips = [[*video[:2]] * 6 for video in clips_of(rng, num_videos=60, num_pairs=1)]
    names = [np.eye(60)[number][None].repeat(12, axis=0) for number in range(60)]
    figures = evaluate(metric(), clips, names)
    assert figures['equivariance/shift_r2'] < 0.01 and figures['equivariance/speed_r2'] < 0.01


@pytest.mark.parametrize('seed', range(3))
def test_features_of_other_pairs_tell_nothing(seed):
    rng = np.random.default_rng(seed)
    clips = clips_of(rng, num_videos=90)
    features = np.concatenate(motion_features(clips, rng))
    shuffled = np.split(rng.permutation(features), len(clips))
    figures = evaluate(metric(), clips, shuffled)
    assert -0.1 < figures['equivariance/shift_r2'] < 0.02
    assert -0.1 < figures['equivariance/speed_r2'] < 0.02
    assert abs(figures['equivariance/direction_acc'] - 0.5) < 0.12


def test_units_and_scale_of_the_features_change_nothing(clips, rng):
    features = motion_features(clips, rng)
    noisy = [values + 0.3 * rng.normal(size=values.shape) for values in features]
    scaled = [1e3 * values - 7 for values in noisy]
    one, two = evaluate(metric(), clips, noisy), evaluate(metric(), clips, scaled)
    assert one == pytest.approx(two, abs=1e-4)
    assert 0.5 < one['equivariance/speed_r2'] < 0.999


def test_the_record_says_all(clips, rng):
    ours = metric(dict(video_list='test.txt'), targets=('speed', 'direction'), matrix_size=20)
    figures = evaluate(ours, clips, motion_features(clips, rng))
    record = json.loads(json.dumps(ours.record.to_dict()))
    assert {f'equivariance/{name}': v for name, v in record['results'].items()} == figures
    shifts = record['protocol'].pop('shifts')
    assert -112 < shifts[0] < 0 < shifts[1] < 112
    assert record['protocol'] == dict(
        split='made up',
        clip_len=[8],
        size=[[4, 4]],
        pairs_a_video=[10],
        speeds=[1, 2, 4],
        directions=[-1, 1],
        shift_unit='source frames',
        standardisation='fit',
        metric='ridge',
    )
    assert record['counts'] == dict(
        fit_videos=20,
        fit_pairs=200,
        test_videos=20,
        test_pairs=200,
        dimensions=12,
        constant_dimensions=0,
    )
    assert record['settings']['targets'] == ['speed', 'direction']
    assert record['lists'] == dict(videos='test.txt') and record['warnings'] == []
    assert record['chance']['speed_r2'] == 0 and 0.4 < record['chance']['direction_acc'] < 0.6
    assert record['fits']['speed']['folds_r2'] > 0.999
    assert len(record['matrix']['similarity']) == 20


def test_the_protocol_is_printed_with_the_result(clips, rng, log):
    evaluate(metric(), clips, motion_features(clips, rng))
    for part in ('split made up', 'shift_unit source frames', 'speeds [1, 2, 4]', 'test_pairs 200'):
        assert part in log.text


def test_order_of_arrival_and_padding_change_nothing(clips, rng):
    features = motion_features(clips, rng)
    batch, outputs = batch_of(clips, features)
    order = [3, *rng.permutation(len(outputs)), 0]
    ours = metric()
    ours.process(
        {key: [values[i] for i in order] for key, values in batch.items()},
        [outputs[i] for i in order],
    )
    assert ours.evaluate(len(outputs)) == evaluate(metric(), clips, features)


def test_what_is_not_used_is_said(clips, rng, log):
    ours = metric(max_pairs=64)
    evaluate(ours, clips, motion_features(clips, rng))
    assert ours.record.counts['fit_pairs'] == ours.record.counts['test_pairs'] == 60
    assert ours.record.warnings == ['6 of the 20 videos of a part are used, max_pairs=64'] * 2


def test_constant_dimensions_are_told(clips, rng):
    features = motion_features(clips, rng)
    for values in features:
        values[:, 4] = 2.5
    ours = metric()
    assert evaluate(ours, clips, features)['equivariance/direction_acc'] == 1
    assert ours.record.warnings == ['1 of 12 feature dimensions are constant']


def test_lost_videos_are_noticed(clips, rng):
    batch, outputs = batch_of(clips, motion_features(clips, rng))
    ours = metric()
    ours.process(batch, outputs)
    with pytest.raises(RuntimeError, match='of 40 videos were collected, the dataset has 41'):
        ours.evaluate(41)


@pytest.mark.parametrize('number', [0, 1, 2])
def test_too_few_videos(clips, rng, number):
    with pytest.raises(ValueError, match=rf'pairs of {number} video\(s\): .* at least three'):
        evaluate(metric(), clips[:number], motion_features(clips[:number], rng))


def test_three_videos_are_enough(clips, rng):
    evaluate(metric(), clips[:3], motion_features(clips[:3], rng))


@pytest.mark.parametrize(
    'changes, constant',
    [
        (dict(shifted=False), r"shift is the same .* 0: .*targets=\('speed', 'direction'\)"),
        (dict(speeds=(2,)), r"speed is the same .*targets=\('shift', 'direction'\)"),
        (dict(directions=(-1,)), r"direction is the same .*, 1: .*targets=\('shift', 'speed'\)"),
    ],
)
def test_what_is_constant_cannot_be_told(rng, changes, constant):
    clips = clips_of(rng, **changes)
    features = motion_features(clips, rng)
    with pytest.raises(ValueError, match=constant):
        evaluate(metric(), clips, features)
    others = [t for t in ('shift', 'speed', 'direction') if not constant.startswith(t)]
    assert len(evaluate(metric(targets=others), clips, features)) == 2


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(targets=('order',)), r"targets=\('order',\): give some of"),
        (dict(targets=()), 'targets='),
        (dict(test_share=1.0), 'test_share=1.0: give a share between 0 and 1'),
        (dict(penalties=(0.0, 1.0)), 'penalties'),
        (dict(folds=1), 'folds=1: at least 2'),
        (dict(max_pairs=1), 'max_pairs=1: at least 2'),
        (dict(matrix_size=-1), 'matrix_size=-1: at least 0'),
    ],
)
def test_wrong_values(changes, message):
    with pytest.raises(ValueError, match=message):
        metric(**changes)


def evaluate_rank(rank, folder, clips, features, results):
    """What mmengine's test loop does on one of several ranks, its sampler's padding included."""
    from mmengine.dataset import DefaultSampler
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    batch, outputs = batch_of(clips, features)
    evaluator = Evaluator([dict(type='EquivarianceMetric', split='made up')])
    evaluator.dataset_meta = {}
    mine = list(DefaultSampler(outputs, shuffle=False))
    assert len(mine) * 2 > len(outputs)
    for start in range(0, len(mine), 4):
        some = mine[start : start + 4]
        evaluator.process(
            data_samples=[outputs[i] for i in some],
            data_batch={key: [values[i] for i in some] for key, values in batch.items()},
        )
    torch.save(evaluator.evaluate(len(outputs)), f'{folder}/{results}.{rank}')


def test_two_processes_say_what_one_says(rng, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clips = clips_of(rng, num_videos=21)
    noise = rng.normal(size=(21, 20, 12))
    features = [v + n for v, n in zip(motion_features(clips, rng), noise)]
    run_ranks(evaluate_rank, 2, str(tmp_path), clips, features, 'two')
    one = evaluate(metric(), clips, features)
    assert one == torch.load(tmp_path / 'two.0') == torch.load(tmp_path / 'two.1')
    assert set(one) == set(NAMES)
