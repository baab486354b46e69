import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from scipy.stats import rankdata

from tev_mmaction.evaluation import TextVideoRetrievalMetric

VIDEOS, WIDTH = 12, 4


def batch_of(numbers, videos, texts, skipped=()):
    samples = [
        ActionDataSample(
            metainfo=dict(
                sample_idx=number,
                filename=f'{number}.mp4',
                skipped=skipped,
                text=np.full((2, 1, 3), number // 2),  # two videos share a sentence
            )
        )
        for number in numbers
    ]
    outputs = [dict(video_embedding=videos[n], text_embedding=texts[n]) for n in numbers]
    inputs = [torch.zeros(2, 3, 8, 32, 32, dtype=torch.uint8)] * len(numbers)
    return dict(inputs=inputs, data_samples=samples), outputs


@pytest.fixture
def embeddings():
    generator = torch.Generator().manual_seed(0)
    videos = torch.randn(VIDEOS, WIDTH, generator=generator)
    return videos, videos + 1.5 * torch.randn(VIDEOS, WIDTH, generator=generator)


def evaluate(videos, texts, **changes):
    metric = TextVideoRetrievalMetric(split='generated', **changes)
    for numbers in (range(5), range(5, VIDEOS), [0, 1]):  # the last ones are padding
        metric.process(*batch_of(numbers, videos, texts))
    return metric, metric.evaluate(VIDEOS)


def test_ranks_are_those_of_scipy(embeddings):
    videos, texts = embeddings
    metric, figures = evaluate(videos, texts, topk=(1, 3))
    scores = (texts.double() @ videos.double().T).numpy()
    ranks = np.array([rankdata(-row, method='max')[n] for n, row in enumerate(scores)])
    assert len(set(ranks)) > 1 and 0 < (ranks == 1).mean() < 1
    expected = {
        'R@1': (ranks == 1).mean(),
        'R@3': (ranks <= 3).mean(),
        'median_rank': np.median(ranks),
        'mean_rank': ranks.mean(),
    }
    assert figures == pytest.approx({f'text_to_video/{k}': v for k, v in expected.items()})
    record = metric.record
    assert record.counts == dict(videos=VIDEOS, sentences=VIDEOS // 2)
    assert record.chance == {'R@1': 1 / 12, 'R@3': 3 / 12, 'median_rank': 6.5, 'mean_rank': 6.5}
    assert record.protocol['clips_a_video'] == 2 and record.protocol['clip_len'] == 8


def test_embeddings_that_are_all_equal_find_nothing():
    _, figures = evaluate(torch.ones(VIDEOS, WIDTH), torch.ones(VIDEOS, WIDTH), topk=(1, 20))
    assert figures['text_to_video/R@1'] == 0 and figures['text_to_video/median_rank'] == VIDEOS
    assert figures['text_to_video/R@20'] == 1


def test_what_cannot_be_ranked_is_refused(embeddings):
    videos, texts = embeddings
    with pytest.raises(ValueError, match='topk=.*at least 1'):
        TextVideoRetrievalMetric('generated', topk=(0, 1))
    metric = TextVideoRetrievalMetric('generated')
    data, outputs = batch_of([0], videos, texts)
    with pytest.raises(ValueError, match='MILNCEHead, with ClipText in the pipeline'):
        metric.process(data, [dict(video_embedding=videos[0])])
    with pytest.raises(ValueError, match=r'0\.mp4 was read instead of broken\.mp4'):
        metric.process(*batch_of([0], videos, texts, skipped=[('broken.mp4', 'is empty')]))
    videos[3] = torch.nan
    with pytest.raises(ValueError, match=r'3\.mp4: its embedding .* is not finite'):
        evaluate(videos, texts)
