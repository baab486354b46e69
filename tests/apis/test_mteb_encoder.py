"""MTEBEncoder gives the features of its embedder to MTEB, row by row."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fake_embedder import FakeEmbedder, write
from torch.utils.data import DataLoader

from helpers import write_clip
from tev_mmaction.apis import MTEBEncoder, VideoEmbedder
from tev_mmaction.datasets.readers import VideoError

TASK = SimpleNamespace(name='Motions')


class ShortSecond(FakeEmbedder):
    """Every second video of a batch is shorter than a clip."""

    frames_of_a_clip = 29

    def embed_each(self, paths):
        self.short_videos.update(dict.fromkeys(paths[1::2], 3))
        return super().embed_each(paths)


def encode(rows, embedder=None, batch_size=2):
    encoder = MTEBEncoder(embedder or FakeEmbedder())
    inputs = DataLoader(rows, batch_size=batch_size)
    return encoder.encode(
        inputs, task_metadata=TASK, hf_split='test', hf_subset='default', show_progress_bar=False
    )


@pytest.fixture
def rows(tmp_path):
    write(tmp_path, a='1 2', b='3 4')
    return [
        dict(video=str(tmp_path / 'a.mp4'), label=0),
        dict(video=dict(path='c.mp4', bytes=b'5 6'), label=1),
        dict(video=tmp_path / 'b.mp4', label=0),
        dict(video=dict(path=str(tmp_path / 'b.mp4'), bytes=None), label=1),
        dict(video=dict(bytes=b'7 8'), label=1),
    ]


@pytest.mark.parametrize('batch_size', [1, 2, 32])
def test_files_in_place_and_in_memory(rows, batch_size):
    features = encode(rows, batch_size=batch_size)
    assert features.dtype == np.float32
    assert features.tolist() == [[1, 2], [5, 6], [3, 4], [3, 4], [7, 8]]


def test_videos_shorter_than_a_clip_are_counted(rows):
    embedder = ShortSecond()
    with pytest.warns(UserWarning, match=r'Motions test: 2 of 5 videos are shorter than a clip'):
        encode(rows, embedder)
    assert list(embedder.short_videos) == [rows[3]['video']['path']]  # files in memory had no name


def test_what_cannot_be_encoded(rows):
    with pytest.raises(VideoError, match=r'Motions test, row 5: is broken'):
        encode([*rows, dict(video=dict(bytes=b'?'), label=0)])
    with pytest.raises(ValueError, match=r'row 1: a path, a URL.*not <class .*Tensor'):
        encode([rows[0], dict(video=torch.zeros(4, 3, 8, 8))])
    with pytest.raises(ValueError, match=r'no column video, only text, label.*videos alone'):
        encode([dict(text='a', label=0)])
    with pytest.raises(ValueError, match='Motions test has no rows'):
        encode([], batch_size=None)


def test_similarity_is_the_cosine():
    first, second = np.random.default_rng(0).normal(size=(2, 3, 5))
    expected = [[sum(a * b) / (sum(a * a) * sum(b * b)) ** 0.5 for b in second] for a in first]
    encoder = MTEBEncoder(FakeEmbedder())
    np.testing.assert_allclose(encoder.similarity(first, torch.tensor(second)), expected, atol=1e-6)
    np.testing.assert_allclose(
        encoder.similarity_pairwise(first, second), np.diag(expected), atol=1e-6
    )
    np.testing.assert_allclose(encoder.similarity(first[0], second[1]), [[expected[0][1]]], 1e-5)


def test_names():
    embedder = FakeEmbedder()
    assert MTEBEncoder(embedder).name == 'tev_mmaction/epoch_1'
    assert MTEBEncoder(embedder, 'us/ours').name == 'us/ours'
    for checkpoint, name in [
        ('tev://r3d10-motion', 'tev_mmaction/r3d10-motion'),
        ('hf://owner/repo@v1/best.pth', 'owner/repo'),
    ]:
        embedder.checkpoint = checkpoint
        assert MTEBEncoder(embedder).name == name
    with pytest.raises(ValueError, match="name='ours': MTEB needs ORGANISATION/MODEL"):
        MTEBEncoder(embedder, 'ours')


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mteb', None)
    with pytest.raises(ImportError, match=r'pip install "tev_mmaction\[mteb\]"'):
        MTEBEncoder(FakeEmbedder()).mteb_model_meta  # noqa: B018


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp('mteb')
    for number in range(8):  # of still pictures, and of flashes
        flash = number % 2 * 50
        write_clip(folder / f'{number}.mp4', 16, color=lambda i, n=number, f=flash: n + i % 4 * f)
    return [str(folder / f'{number}.mp4') for number in range(8)]


def test_the_harness_of_mteb(clips, tmp_path):
    """Classification, clustering and pairs of videos, in data sets that hold the files or not."""
    reason = 'mteb is not installed: pip install "tev_mmaction[mteb]"'
    mteb = pytest.importorskip('mteb', reason=reason)
    from mteb.abstasks.classification import AbsTaskClassification
    from mteb.abstasks.clustering import AbsTaskClustering
    from mteb.abstasks.pair_classification import AbsTaskPairClassification
    from mteb.models.models_protocols import EncoderProtocol

    from datasets import Dataset, DatasetDict, Video

    def described(name, kind, score):
        return mteb.TaskMetadata(
            name=name,
            description='Clips of this test',
            dataset=dict(path='none/none', revision='1'),
            type=kind,
            category='v2c',
            modalities=['video'],
            eval_splits=['test'],
            eval_langs=['zxx-Zxxx'],
            main_score=score,
        )

    class Columns:
        input_column_name, label_column_name = 'video', 'label'

        def load_data(self, **kwargs):
            contents = [dict(path=None, bytes=Path(path).read_bytes()) for path in clips]
            self.dataset = DatasetDict()
            for split, videos in dict(train=contents, test=clips).items():
                columns = dict(video=videos, label=[number % 2 for number in range(8)])
                made = Dataset.from_dict(columns).cast_column('video', Video())
                self.dataset[split] = made
            self.data_loaded = True

    class Classification(Columns, AbsTaskClassification):
        metadata = described('TestClassification', 'VideoClassification', 'accuracy')
        samples_per_label, n_experiments = 2, 2

    class Clustering(Columns, AbsTaskClustering):
        metadata = described('TestClustering', 'VideoClustering', 'v_measure')
        max_fraction_of_documents_to_embed = None

    class Pairs(AbsTaskPairClassification):
        metadata = described('TestPairs', 'VideoPairClassification', 'max_ap')
        input1_column_name, input2_column_name, label_column_name = 'video1', 'video2', 'label'

        def load_data(self, **kwargs):
            columns = dict(
                video1=clips[:6] * 2, video2=clips[1:7] + clips[2:], label=[0] * 6 + [1] * 6
            )
            made = Dataset.from_dict(columns)
            for name in ('video1', 'video2'):
                made = made.cast_column(name, Video())
            self.dataset = DatasetDict(test=made)
            self.data_loaded = True

    embedder = VideoEmbedder('r3d10-motion')
    encoder = MTEBEncoder(embedder)
    assert isinstance(encoder, EncoderProtocol)
    meta = encoder.mteb_model_meta
    assert (meta.name, meta.revision) == ('tev_mmaction/r3d10-motion', embedder.fingerprint)
    assert meta.n_parameters == sum(each.numel() for each in embedder.backbone.parameters())
    assert meta.modalities == ['video'] and meta.experiment_kwargs['num_clips'] == 3
    cache = mteb.ResultCache(tmp_path)
    results = mteb.evaluate(encoder, [Classification(), Clustering(), Pairs()], cache=cache)
    scores = [result.scores['test'][0]['main_score'] for result in results.task_results]
    assert scores == [1.0, 1.0, 1.0]
    other = MTEBEncoder(VideoEmbedder('r3d10-motion', num_clips=1))
    assert other.mteb_model_meta.experiment_name != meta.experiment_name
    dataset = Dataset.from_dict(dict(video=clips)).cast_column('video', Video())
    features = encoder.encode(DataLoader(dataset), task_metadata=Clustering.metadata)
    np.testing.assert_array_equal(features, embedder.embed(clips))
