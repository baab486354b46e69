"""Places in a long video: what is found, what is left out because it overlaps, and the page."""

import dataclasses
import json
import runpy

import numpy as np
import pytest

from browser import assert_opens
from helpers import ROOT, write_clip
from tev_mmaction.apis import VideoEmbedder, localise
from tev_mmaction.apis.localising import _best_places, _similarities
from tev_mmaction.apis.window_grid import PlacedWindows
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.reporting import SimilarityCurve, clock, save_places_page
from tev_mmaction.reporting import places_page as page_module

SPEEDS = (1, 3, -2, 0, 2, -1, 3, 1)  # pixels per frame, of the eight parts of the long video
PART = 24  # frames


def drift(path, speeds, seed):
    """A texture that drifts, at another speed in each part."""
    rng = np.random.default_rng(seed)
    tile = np.kron(rng.integers(0, 256, (12, 16, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    shifts = np.cumsum(np.repeat(speeds, PART))
    return write_clip(
        path, len(shifts), color=lambda i: np.roll(tile, int(shifts[i]), axis=1), crf='18'
    )


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """The long video, and a query of another texture that moves as its second and seventh part."""
    folder = tmp_path_factory.mktemp('places')
    return drift(folder / 'query.mp4', (3, 3), 1), drift(folder / 'long.mp4', SPEEDS, 0)


@pytest.fixture(scope='module')
def embedder():
    return VideoEmbedder('r3d10-motion', num_clips=1)


@pytest.fixture(scope='module')
def found(embedder, videos):
    return localise(embedder, *videos, top=3)


def test_places_that_move_like_the_query(found):
    """Windows are half as long as the query, and a quarter of a window apart."""
    windows = found.windows
    assert windows.window_frames == PART and windows.num_frames == 8 * PART
    assert windows.start_frames[:4].tolist() == [0, 6, 12, 18] and len(windows) == 29
    assert {place.start_frame for place in found.places[:2]} == {1 * PART, 6 * PART}
    assert found.places[1].similarity > found.places[2].similarity + 0.1
    assert found.places[2].start_frame == 4 * PART  # the same way, slower
    assert abs(found.median) < 0.2
    place = found.places[0]
    assert found.similarities.max() == np.float32(place.similarity)
    assert found.seconds(place) == (place.start_frame / 25, place.end_frame / 25)


def test_similarity_is_the_cosine_of_standardised_features(embedder, videos):
    found = localise(embedder, *videos, PART, PART, 'frames')
    windows = embedder.embed_windows(videos[1], PART, unit='frames').features.astype(float)
    varies = windows.std(axis=0) > 1e-5
    mean, std = windows.mean(axis=0)[varies], windows.std(axis=0)[varies]
    query = embedder.embed_windows(videos[0], PART, PART // 2, 'frames').features
    assert len(query) == 3
    asked = (query[:, varies] - mean) / std
    rows = (windows[:, varies] - mean) / std
    for row, similarity in zip(rows, found.similarities):
        cosines = [row @ one / np.linalg.norm(row) / np.linalg.norm(one) for one in asked]
        assert similarity == pytest.approx(np.mean(cosines), abs=1e-4)
    same = np.ones((3, 4), np.float32)
    np.testing.assert_allclose(_similarities(same[:1], same, 'gallery'), 1, rtol=1e-6)
    whole = localise(embedder, *videos, window=2.4)  # longer than the query
    assert whole.windows.window_frames == 60


def test_places_do_not_overlap():
    windows = PlacedWindows(np.arange(0, 100, 10), 20, 120, 25.0)
    values = np.array([0.1, 0.2, 0.9, 0.8, 0.3, 0.4, 0.5, 0.0, 0.0, 0.7])
    places = _best_places(windows, values, top=4)
    assert [place[:2] for place in places] == [(20, 40), (90, 110), (60, 80), (40, 60)]
    assert len(_best_places(windows, values, top=50)) == 5


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(top=0), ValueError, 'top=0'),
        (dict(stride=0), ValueError, 'stride=0: more than 0'),
        (dict(window=20), VideoError, 'fewer than a window of 500 frames'),
        (dict(window=10, unit='frames'), ValueError, 'window=10 frames, but a clip spans 16'),
    ],
)
def test_what_cannot_be_found(embedder, videos, options, error, message):
    with pytest.raises(error, match=message):
        localise(embedder, *videos, **options)


def test_the_tool(videos, embedder, tmp_path, monkeypatch, capsys):
    """Text, JSON and page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('tev_mmaction.cli.places.VideoEmbedder', lambda *_, **__: embedder)
    main = runpy.run_path(str(ROOT / 'tools/search.py'))['main']
    query = ['query', *map(str, videos[:1])]
    long = [*query, '--in', str(videos[1])]
    main([*long, '--stride', '0.96', '--top', '2', '--json', 'x.json', '--html', 'x.html'])
    printed = capsys.readouterr().out.splitlines()
    content = json.loads((tmp_path / 'x.json').read_text())
    place = content['places'][0]
    assert printed[0] == (
        f'   1  {place["similarity"]:7.4f}  {clock(place["start_frame"], 25)} to '
        f'{clock(place["end_frame"], 25)}'
    )
    assert printed[2] == f'median of 8 windows: {content["median_similarity"]:.4f}'
    assert place['start'] == place['start_frame'] / 25 and len(content['similarities']) == 8
    assert content['protocol']['fingerprint'] == embedder.fingerprint
    text = (tmp_path / 'x.html').read_text()
    assert text.count('<rect') == text.count('<li ') == 2 and f'{place["similarity"]:.3f}' in text
    (tmp_path / 'file').touch()
    for arguments, message in (
        ([*long, '--html', 'none/x.html'], 'there is no folder none'),
        ([*long, '--json', 'file/x.json'], 'there is no folder file'),
        ([*query, '--in', 'none.mp4'], 'none.mp4: does not exist'),
        ([*query, '--window', '2'], '--window is for places in a video: name the video with --in'),
        ([*long, '--window', '2', '--stride', '-1'], '--stride -1.0: more than 0 seconds'),
    ):
        with pytest.raises(SystemExit, match=f'^tev-search: error: {message}'):
            main(arguments)


def test_the_page_in_a_browser(videos, found, tmp_path, browser):
    """Two hours of windows are still a small curve; a video that is gone is said to be."""
    windows, values = found.windows, found.similarities
    places = [tuple(place) for place in found.places]
    curve = SimilarityCurve(str(videos[1]), 192, 25.0, windows.start_frames, PART, values, places)
    save_places_page(tmp_path / 'x.html', str(videos[0]), curve, 'a note')
    assert_opens(browser, tmp_path / 'x.html', pictures=4)
    many = np.arange(20_000)
    curve = SimilarityCurve('gone.mp4', 20_100, 0.0, many, 100, np.sin(many), places)
    save_places_page(tmp_path / 'y.html', str(videos[0]), curve, '')
    text = (tmp_path / 'y.html').read_text()
    assert text.count('does not exist') == 3 and 'frame 20100' in text
    assert len(page_module._drawn(curve)['points'].split()) <= 1500
    assert [text for _, text in page_module._drawn(curve)['levels']] == ['1.00', '0.00', '-1.00']
    nothing = dataclasses.replace(curve, similarities=np.abs(np.sin(many)) + 0.5)
    assert [text for _, text in page_module._drawn(nothing)['levels']] == ['1.50', '0.00']


def test_clock():
    assert [clock(frame, 25) for frame in (0, 1, 1499, 1500, 25 * 3725 + 10)] == [
        '0:00.00', '0:00.04', '0:59.96', '1:00.00', '1:02:05.40'
    ]  # fmt: skip
    assert clock(7, 0) == 'frame 7'
