"""Features of windows are those of videos of the same frames, and few frames are in memory."""

import os
from weakref import WeakValueDictionary

import by_hand
import numpy as np
import pytest
import torch

from helpers import model_cfg
from tev_mmaction.apis import VideoEmbedder, WindowGrid
from tev_mmaction.apis.video_views import WindowStream
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.datasets.readers.memmap_reader import MemmapReader, MemmapWriter
from tev_mmaction.datasets.worker_pool import WorkerDied


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.fixture(scope='module')
def embedder(pretrained):
    """Clips of 8 frames, every second: 15 frames, three crops."""
    return VideoEmbedder(pretrained[1], num_clips=1, frame_interval=2)


def raw_video(path, frames, fps=25.0):
    """A file of exactly these frames (T, H, W, 3)."""
    with open(path, 'wb') as file:
        writer = MemmapWriter(file, frames.shape[2:0:-1], fps)
        for frame in frames:
            writer.write(np.ascontiguousarray(frame))
        writer.close()
    return path


@pytest.fixture(scope='module')
def frames(noise):
    return np.stack(by_hand.frames_of(noise[0]))


def test_windows_that_are_the_clips_of_embed(pretrained, noise, embedder):
    """Clips begin at frames 0, 23 and 46 of 61."""
    assert by_hand.starts(61, 8, 2, 3) == [0, 23, 46]
    found = embedder.embed_windows(noise[0], 15, 23, 'frames')
    assert found.features.dtype == np.float32 and found.features.shape == (3, 32)
    assert found.windows.start_frames.tolist() == [0, 23, 46]
    np.testing.assert_allclose(found.windows.starts, [0, 0.92, 1.84])
    np.testing.assert_allclose(found.windows.ends, [0.6, 1.52, 2.44])
    whole = VideoEmbedder(pretrained[1], num_clips=3, frame_interval=2)
    close(found.features.mean(axis=0), whole.embed(noise[0])[0])
    assert np.array_equal(whole.embed_windows(noise[0]).features, whole.embed(noise[0]))


@pytest.mark.parametrize('interval', [2, None])
def test_a_window_is_a_video_of_its_frames(pretrained, frames, tmp_path, interval):
    """For clips within the window, and for frames that are spread over it."""
    embedder = VideoEmbedder(
        pretrained[1], num_clips=2, frame_interval=interval, crops='center', batch_views=6
    )
    video = raw_video(tmp_path / 'whole', frames)
    found = embedder.embed_windows(str(video), 0.8, 0.31)
    starts = [round(k * 0.31 * 25) for k in range(6)]
    assert found.windows.start_frames.tolist() == starts and found.windows.window_frames == 20
    cut = [raw_video(tmp_path / f'{start}', frames[start : start + 20]) for start in starts]
    close(found.features, embedder.embed(cut))


def test_time_is_kept(pretrained, noise, embedder, frames):
    """Averaged over time and clips, it is the vector; clip and time by hand."""
    found = embedder.embed_windows(noise[0], 30, 10, 'frames', keep='time')
    assert found.features.shape == (4, 1, 1, 32)
    several = VideoEmbedder(pretrained[1], num_clips=2, clip_len=16, frame_interval=1)
    found = several.embed_windows(noise[0], keep='time').features
    assert found.shape == (1, 2, 1, 32)
    close(found.mean(axis=(1, 2)), several.embed(noise[0]))


def test_time_is_kept_in_a_summary(pretrained, noise, tmp_path):
    """Stages of 8 and 4 frames; a summary has no weights, so a checkpoint takes any."""
    summary = ((1, 'space-time'), (2, '2x2'), (1, 'space'))
    cfg = model_cfg()
    cfg['backbone']['summary'] = summary
    options = dict(num_clips=2, crops='three', clip_len=16, frame_interval=1, size=32)
    embedder = VideoEmbedder(pretrained[1], config=dict(model=cfg), **options)
    found = embedder.embed_windows(noise[0], keep='time').features[0]
    model = pretrained[0].eval()
    views = by_hand.views_of(noise[0], 16, 1, 2, 32, 'three')  # (clip, crop)
    with torch.no_grad():
        first = model.backbone.layer1(model.backbone.pool(model.backbone.stem(views)))
        second = model.backbone.layer2(first)
    space = first.mean(dim=(3, 4))
    grid = second.unflatten(3, (2, -1)).unflatten(5, (2, -1)).mean(dim=(4, 6))  # (V, C, T, R, S)
    grid = grid.transpose(1, 2).flatten(2).repeat_interleave(2, dim=1)
    expected = torch.cat([space.transpose(1, 2), grid, space.transpose(1, 2)], dim=2)
    assert found.shape == (2, 8, 4 + 8 * 4 + 4)
    close(found, expected.unflatten(0, (2, 3)).mean(dim=1).numpy())


def test_a_decoder_that_dies_is_named(pretrained, noise, monkeypatch):
    monkeypatch.setattr(WindowStream, '_windows_of', lambda self, video: os._exit(1))
    embedder = VideoEmbedder(pretrained[1], num_clips=1, num_workers=1)
    with pytest.raises(WorkerDied, match=f"died while it read '{noise[0]}', most likely"):
        embedder.embed_windows(noise[0])


class Tracked(np.ndarray):
    """A picture that tells whether it is still in memory."""


@pytest.mark.parametrize(
    ('windows', 'message'),
    [
        (dict(window=0), 'window=0: more than 0 seconds'),
        (dict(window=2, stride=0), 'stride=0: more than 0 seconds'),
        (dict(window=2, stride=-1, unit='frames'), 'stride=-1: more than 0 frames'),
        (dict(window=float('nan')), 'window=nan: more than 0'),
        (dict(stride=2), 'stride=2 without a window'),
        (dict(window=20.5, unit='frames'), 'window=20.5: a whole number'),
        (dict(window=14, unit='frames'), 'window=14 frames, but a clip spans 15'),
        (dict(window=1, unit='minutes'), "unit='minutes'"),
        (dict(keep='space'), "keep='space'"),
    ],
)
def test_windows_that_suit_no_video_are_refused(embedder, windows, message):
    """Before any is looked for."""
    with pytest.raises(ValueError, match=message):
        embedder.embed_windows('nowhere.mp4', **windows)


@pytest.mark.parametrize(
    ('windows', 'message'),
    [
        (
            dict(window=3),
            r'61 frames \(2.44 s\), fewer than a window of 75 frames \(3.00 s\): give',
        ),
        (dict(window=62, unit='frames'), 'fewer than a window of 62 frames'),
        (dict(window=0.4), 'has 10 frames in a window, but a clip spans 15'),
        (dict(window=0.01), 'the window is shorter than one'),
        (dict(window=2, stride=0.01), 'the stride is shorter than one'),
    ],
)
def test_windows_that_do_not_suit_a_video(embedder, noise, windows, message):
    with pytest.raises(VideoError, match=f'0.mp4: .*{message}'):
        embedder.embed_windows(noise[0], **windows)


def test_files_without_a_frame_rate_or_without_time(pretrained, frames, noise, tmp_path):
    embedder = VideoEmbedder(pretrained[1], num_clips=1, frame_interval=2)
    path = raw_video(tmp_path / 'x', frames[:30], fps=0.0)
    with pytest.raises(VideoError, match='frame rate: give window and stride in frames'):
        embedder.embed_windows(path, 0.8)
    assert np.isnan(embedder.embed_windows(path, 20, 10, 'frames').windows.ends).all()
    unit = VideoEmbedder(pretrained[1], view_pooling='mean_of_unit')
    with pytest.raises(ValueError, match="view_pooling='mean_of_unit' is for one vector"):
        unit.embed_windows(noise[0], keep='time')
    with pytest.warns(UserWarning, match='1 of 1 videos are shorter than a clip'):
        embedder.embed_windows(raw_video(tmp_path / 'short', frames[:9]))


def test_broken_videos_among_others(pretrained, noise, tmp_path):
    """The second breaks off within its windows."""
    embedder = VideoEmbedder(pretrained[1], num_clips=1, frame_interval=2, num_workers=2)
    cut = tmp_path / 'cut.mp4'
    cut.write_bytes(noise[0].read_bytes()[:3000])
    names = [str(noise[0]), str(cut), str(noise[1]), str(tmp_path / 'missing.mp4')]
    found = dict(embedder.embed_windows_each(names, WindowGrid(20, 10, 'frames'), 'vector'))
    assert [isinstance(found[number], VideoError) for number in range(4)] == [0, 1, 0, 1]
    assert found[3].reason == 'does not exist'
    assert [len(found[number].features) for number in (0, 2)] == [5, 4]


def test_hours_are_a_stream(pretrained, tmp_path, monkeypatch):
    """In memory are the small frames of a window and a stride; decoding waits."""
    full, small, read = WeakValueDictionary(), WeakValueDictionary(), []

    def frames(self, indices):
        for index in indices:
            frame = np.full((36, 36, 3), index % 251, np.uint8).view(Tracked)
            full[len(read)] = frame
            read.append(index)
            yield frame

    def resized(results):
        frame = results['imgs'][0][:32, :32].copy().view(Tracked)
        small[len(read)] = frame
        return dict(imgs=[frame])

    monkeypatch.setattr(MemmapReader, '_frames', frames)
    embedder = VideoEmbedder(pretrained[1], num_clips=1, frame_interval=2, crops='center')
    raw_video(tmp_path / 'x', np.zeros((2000, 36, 36, 3), np.uint8))
    grid = WindowGrid(20, 5, 'frames')
    stream = WindowStream([str(tmp_path / 'x')], embedder._pipeline, grid, 15, at_once=4)
    monkeypatch.setattr(stream._resize, 'transform', resized)
    for item in stream:
        assert read[-1] == (item.done - 1) * 5 + 2 + 14  # nothing beyond what was asked for
        assert len(full) <= 2 and len(small) <= 20
    assert item.done == len(item.windows) == 397 and item.inputs.shape == (1, 1, 3, 8, 32, 32)
    assert len(read) > 1900
