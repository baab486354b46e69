"""How features are collected: checked against the protocol, pooled, unpadded, counted."""

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import Evaluator

from evaluation.samples import PROTOCOL, batch_of, evaluate, feature_arrays
from processes import run_ranks
from tev_mmaction.evaluation import EvaluationProtocol, RetrievalMetric


@pytest.fixture
def parts(rng):
    return feature_arrays(rng)


def metric(meta=None, **changes):
    built = METRICS.build(
        dict(type='RetrievalMetric', topk=(1, 5), protocol=dict(PROTOCOL, **changes))
    )
    built.dataset_meta = meta
    return built


def test_views_are_averaged(parts, rng):
    """With noise that cancels over the views of a video, the figures of the videos themselves."""
    assert evaluate(metric(), parts, rng=rng) == evaluate(metric(), parts)


def test_views_of_unit_length(parts, rng):
    batch, outputs = batch_of(parts, rng=rng)
    ours = metric(view_pooling='mean_of_unit')
    ours.process(batch, outputs)
    for video, output in zip(ours.results, outputs):
        clips = output['clip_features'].numpy()
        expected = np.mean([clip / np.linalg.norm(clip) for clip in clips], axis=0)
        np.testing.assert_allclose(video.feature, expected, atol=1e-6)


def test_tensors_of_stock_recognizers(parts, rng):
    assert evaluate(metric(), parts, as_dicts=False) == evaluate(metric(), parts)


def test_features_that_keep_time(parts):
    batch, outputs = batch_of(parts, as_dicts=False)
    kept = [output.unflatten(1, (4, 3)) for output in outputs]
    ours = metric(feature_pooling='space')
    ours.process(batch, kept)
    assert ours.results[0].feature.shape == (12,)
    assert ours.evaluate(len(outputs)) == evaluate(metric(), parts)
    with pytest.raises(ValueError, match=r"\(6, D\) .*'space-time', got \(6, 4, 3\)"):
        metric().process(batch, kept)
    with pytest.raises(ValueError, match=r"\(6, D, T\) .*'space', got \(6, 12\)"):
        metric(feature_pooling='space').process(batch, outputs)


def test_padding_is_dropped_by_identity(parts):
    """Also where the copies stand in the middle, as batches of several ranks put them."""
    batch, outputs = batch_of(parts)
    order = [3, 0, *range(len(outputs)), 2]
    ours = metric()
    ours.process(
        {key: [values[i] for i in order] for key, values in batch.items()},
        [outputs[i] for i in order],
    )
    assert ours.evaluate(len(outputs)) == evaluate(metric(), parts)
    assert ours.record.counts['gallery'] == 60


def test_the_order_of_arrival_changes_nothing(parts, rng):
    """Ties included: all features are the same few vectors."""
    parts = [(np.sign(features[:, :3]), labels) for features, labels in parts]
    batch, outputs = batch_of(parts)
    order = rng.permutation(len(outputs))
    ours = metric()
    ours.process(
        {key: [values[i] for i in order] for key, values in batch.items()},
        [outputs[i] for i in order],
    )
    assert ours.evaluate(len(outputs)) == evaluate(metric(), parts)


def test_lost_videos_are_noticed(parts):
    batch, outputs = batch_of(parts)
    ours = metric()
    ours.process({key: values[:-1] for key, values in batch.items()}, outputs[:-1])
    with pytest.raises(RuntimeError, match='features of 84 videos were collected, .* has 85'):
        ours.evaluate(85)
    with pytest.raises(RuntimeError, match='of 60 gallery videos were collected, the list has 61'):
        evaluate(metric(dict(num_gallery=61, num_query=25)), parts)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(clip_len=5), r'says 6 views .* of 5 frames .* inputs have shape \(6, 3, 4, 8, 8\)'),
        (dict(size=9), 'of 9x9'),
        (dict(crops='center'), 'says 2 views'),
        (dict(crops='ten', num_clips=1), 'says 10 views'),
        (dict(crops='center', num_clips=6), 'num_clips=6, but the pipeline took clips with 2'),
        (dict(frame_interval=4), 'frame_interval=4, but the pipeline took clips with 2'),
    ],
)
def test_a_protocol_that_does_not_describe_the_data_is_refused(parts, changes, message):
    with pytest.raises(ValueError, match=message):
        evaluate(metric(**changes), parts)


def test_recognizers_of_single_frames(parts):
    batch, outputs = batch_of(parts)
    batch['inputs'] = [inputs.transpose(1, 2).flatten(0, 1) for inputs in batch['inputs']]
    for sample in batch['data_samples']:
        sample.set_metainfo(dict(num_clips=8))
    ours = metric(frame_interval=None)
    ours.process(batch, outputs)
    assert ours.evaluate(85) == evaluate(metric(), parts)
    with pytest.raises(ValueError, match='single frames spread over the video.*set it to None'):
        metric().process(batch, outputs)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(crops='five'), "protocol.crops='five': use one of"),
        (dict(view_pooling='sum'), 'protocol.view_pooling'),
        (dict(standardisation='test'), 'protocol.standardisation'),
        (dict(metric='l2'), 'protocol.metric'),
        (dict(feature_pooling='max'), 'protocol.feature_pooling'),
        (dict(num_clips=0), 'protocol.num_clips=0: at least 1'),
    ],
)
def test_wrong_values(changes, message):
    with pytest.raises(ValueError, match=message):
        EvaluationProtocol(**{**PROTOCOL, **changes})


def test_whole_videos_differ_in_length():
    protocol = EvaluationProtocol(
        **{**PROTOCOL, 'clip_len': None, 'crops': 'whole', 'frame_interval': None}
    )
    said = dict(num_clips=2, frame_interval=None)
    for length in (9, 96):
        protocol.check((2, 3, length, 8, 8), said)
    with pytest.raises(ValueError, match='says 2 views .* of frames of 8x8'):
        protocol.check((2, 3, 9, 8, 9), said)
    with pytest.raises(ValueError, match='says 2 views'):
        protocol.check((18, 3, 8, 8), said)


@pytest.mark.parametrize('key', ['sample_idx', 'filename', 'subset', 'num_clips'])
def test_samples_that_do_not_say_enough(parts, key):
    batch, outputs = batch_of(parts)
    delattr(batch['data_samples'][0], key)
    with pytest.raises(ValueError, match=f"{key}'.*GalleryQueryDataset"):
        metric().process(batch, outputs)


@pytest.mark.parametrize(
    'spoil, message',
    [
        (lambda output: torch.zeros(12), r'expected features \(6, D\) of 6 views .* got \(12,\)'),
        (lambda output: torch.zeros(5, 12), r'got \(5, 12\)'),
        (lambda output: dict(pred_score=1), 'got NoneType'),
    ],
)
def test_models_that_give_no_features(parts, spoil, message):
    batch, outputs = batch_of(parts)
    outputs[0] = spoil(outputs[0])
    with pytest.raises(ValueError, match=f'gallery/0.mp4: .*{message}'):
        metric().process(batch, outputs)


def test_several_labels(parts):
    batch, outputs = batch_of(parts)
    batch['data_samples'][0].set_gt_label([0, 1])
    with pytest.raises(ValueError, match='gallery/0.mp4: 2 labels'):
        metric().process(batch, outputs)


def test_the_record_says_all(parts):
    names = [f'class {i}' for i in range(5)]
    meta = dict(gallery_list='train.txt', query_list='test.txt', num_gallery=60, num_query=25)
    ours = metric(dict(classes=names, **meta))
    figures = evaluate(ours, parts)
    record = ours.record
    assert record.protocol == {**PROTOCOL, **record.protocol}
    assert record.protocol['standardisation'] == 'gallery'
    assert record.counts == dict(
        gallery=60, queries=25, classes=5, dimensions=12, constant_dimensions=0
    )
    assert record.protocol['classes'] == tuple(names) and record.warnings == []
    assert record.lists == dict(gallery='train.txt', query='test.txt')
    assert record.settings == dict(topk=[1, 5])
    assert {f'retrieval/{name}': value for name, value in record.results.items()} == figures


def test_the_protocol_is_printed_with_the_result(parts, log):
    meta = dict(classes=list('abcde'), gallery_list='train.txt', query_list='test.txt')
    evaluate(metric(meta), parts)
    said = ('frame_interval 2', 'standardisation gallery', 'split made up', '5 named')
    for part in (*said, '60 gallery videos of train.txt', '25 query videos of test.txt'):
        assert part in log.text


def test_query_classes_without_gallery_count_as_wrong_and_are_named(parts, log):
    (gallery, labels), (queries, asked) = parts
    kept = labels != 3
    parts = ((gallery[kept], labels[kept]), (queries, asked))
    ours = metric(dict(classes=list('abcde')))
    figures = evaluate(ours, parts)
    assert figures['retrieval/R@5'] <= 0.8
    assert '1 query classes have no gallery video' in log.text
    assert ours.record.warnings[0].endswith('(20.0% of all) count as wrong: d')


def test_constant_dimensions_are_told(parts, log):
    for features, _ in parts:
        features[:, 4] = 2.5
    ours = metric()
    evaluate(ours, parts)
    assert ours.record.counts['constant_dimensions'] == 1
    assert '1 of 12 feature dimensions are constant' in log.text


@pytest.mark.parametrize(
    'spoil, message',
    [
        (lambda parts: parts[1][0].__setitem__((4, 2), np.nan), 'query/4.mp4'),
        (lambda parts: parts[0][0].__setitem__(7, 0), 'gallery/7.mp4'),
        (lambda parts: parts[0][1].__setitem__(7, 5), '1 gallery videos have a label'),
    ],
)
def test_what_has_no_meaning_is_refused(parts, spoil, message):
    spoil(parts)
    with pytest.raises(ValueError, match=message):
        evaluate(metric(dict(classes=list('abcde'))), parts)


@pytest.mark.parametrize('empty, what', [(0, 'gallery'), (1, 'query')])
def test_empty_split(parts, empty, what):
    parts[empty] = (np.empty((0, 12), np.float32), np.empty(0, int))
    with pytest.raises(ValueError, match=f'there is no {what} video'):
        evaluate(metric(), parts)


def test_mmactions_own_metric_of_that_name_still_works(rng):
    """Text-to-video retrieval, as MMAction2's CLIP4Clip configs have it."""
    from mmaction.evaluation import RetrievalMetric as Stock

    for cfg in (dict(), dict(metric_list=('R1', 'MdR')), dict(metric_list='R1')):
        stock = METRICS.build(dict(type='RetrievalMetric', **cfg))
        assert type(stock) is Stock
    assert type(RetrievalMetric('R1')) is Stock
    features = torch.eye(4)
    stock.process(None, [dict(features=dict(video_feature=f, text_feature=f)) for f in features])
    assert stock.evaluate(4)['retrieval/R1'] == 100


def evaluate_rank(rank, folder, parts, results):
    """What mmengine's test loop does on one of several ranks, its sampler's padding included."""
    from mmengine.dataset import DefaultSampler
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    batch, outputs = batch_of(parts)
    probe = dict(type='LinearProbeMetric', protocol=PROTOCOL, costs=(0.01, 1))
    evaluator = Evaluator([dict(type='RetrievalMetric', protocol=PROTOCOL, topk=(1, 5)), probe])
    evaluator.dataset_meta = dict(num_gallery=60, num_query=25)
    mine = list(DefaultSampler(outputs, shuffle=False))
    world_size = torch.distributed.get_world_size()
    assert len(mine) * world_size > len(outputs) or world_size == 1
    for start in range(0, len(mine), 4):
        some = mine[start : start + 4]
        evaluator.process(
            data_samples=[outputs[i] for i in some],
            data_batch={key: [values[i] for i in some] for key, values in batch.items()},
        )
    figures = evaluator.evaluate(len(outputs))
    torch.save(figures, f'{folder}/{results}.{rank}')


def test_two_processes_say_what_one_says(parts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for world_size, name in ((1, 'one'), (2, 'two')):
        run_ranks(evaluate_rank, world_size, str(tmp_path), parts, name)
    one = torch.load(tmp_path / 'one.0')
    assert one == torch.load(tmp_path / 'two.0') == torch.load(tmp_path / 'two.1')
    assert set(one) > {'retrieval/R@5', 'svm/top1'}
