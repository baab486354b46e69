"""Which videos have frames repeated, against what MMAction2's SampleFrames does to them."""

from collections import Counter

import pytest
from mmaction.registry import METRICS, TRANSFORMS
from mmengine.logging import MMLogger

from evaluation.samples import PROTOCOL, batch_of, evaluate, feature_arrays
from tev_mmaction.evaluation import RetrievalMetric
from tev_mmaction.evaluation.short_videos import frames_of_a_clip, is_short, said_of_short


def sampled(total_frames, test_mode=True, **cfg):
    transform = TRANSFORMS.build(dict(type='SampleFrames', test_mode=test_mode, **cfg))
    return transform(dict(total_frames=total_frames, start_index=0))


@pytest.mark.parametrize('interval', [1, 3])
@pytest.mark.parametrize('num_clips, test_mode', [(1, True), (4, True), (1, False)])
def test_a_clip_repeats_frames_of_these_alone(interval, num_clips, test_mode):
    needed = 4 * interval + 1
    for total in range(1, 30):
        results = sampled(
            total, test_mode, clip_len=5, frame_interval=interval, num_clips=num_clips
        )
        clips = results['frame_inds'].reshape(num_clips, 5)
        wrapped = any((clip[1:] <= clip[:-1]).any() for clip in clips)
        assert is_short(results) == wrapped == (total < needed), total
        assert frames_of_a_clip(results) == needed


def test_single_frames_are_repeated_where_there_are_fewer():
    for total in range(1, 20):
        results = sampled(total, clip_len=1, frame_interval=1, num_clips=8)
        repeated = max(Counter(results['frame_inds'].tolist()).values()) > 1
        assert is_short(results) == repeated == (total < 8), total


def test_samples_that_do_not_tell_are_not_called_short():
    results = dict(clip_len=5, frame_interval=2, num_clips=1)
    assert frames_of_a_clip(results) is None and not is_short(results)
    assert not is_short(dict(results, total_frames=3, frame_interval=None))


def test_in_words():
    said = said_of_short(60, 60, 61)
    assert said.startswith('60 of 60 videos are shorter than a clip (61 frames)')


@pytest.mark.parametrize('kind', ['RetrievalMetric', 'LinearProbeMetric'])
def test_videos_shorter_than_a_clip_are_counted(rng, caplog, kind):
    """Of clips of 4 frames, every second: 7 frames. What was padded does not count twice."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    parts = feature_arrays(rng, num_gallery=40, num_queries=20)
    batch, outputs = batch_of(parts)
    lengths = [6, 7, 100, 3] * 15
    for sample, frames in zip(batch['data_samples'], lengths):
        sample.set_metainfo(dict(total_frames=frames, clip_len=4))
    metric = METRICS.build(dict(type=kind, protocol=PROTOCOL))
    metric.process(batch, outputs)
    again = dict(inputs=batch['inputs'][:8], data_samples=batch['data_samples'][:8])
    metric.process(again, outputs[:8])
    metric.evaluate(60)
    logger.removeHandler(caplog.handler)
    assert metric.record.details['short_videos'] == dict(gallery=20, query=10)
    said = '30 of 60 videos are shorter than a clip (7 frames): frames of them are repeated (20 of'
    assert any(said in warning for warning in metric.record.warnings)
    assert said in caplog.text


def test_samples_that_do_not_tell_their_length_are_not_short(rng):
    metric = RetrievalMetric(PROTOCOL)
    evaluate(metric, feature_arrays(rng))
    assert metric.record.details['short_videos'] == dict(gallery=0, query=0)
    assert not metric.record.warnings
