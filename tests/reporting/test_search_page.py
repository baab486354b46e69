"""The page holds moving pictures of the videos, and nothing from elsewhere."""

import base64
import io
import re

import pytest
from PIL import Image

from browser import assert_opens
from helpers import write_clip
from reporting.parsed_page import Page
from tev_mmaction.datasets.readers import VideoError
from tev_mmaction.reporting import neighbour_page, save_neighbour_page
from tev_mmaction.reporting.search_page import MOST_PICTURES


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """50 frames at 25 a second: two seconds."""
    return str(write_clip(tmp_path_factory.mktemp('page') / 'a <b> & "c".mp4', 50))


def picture(uri):
    head, text = uri.split(',', 1)
    assert head == 'data:image/webp;base64'
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


def test_a_page(clip, tmp_path):
    gone = str(tmp_path / 'gone.mp4')
    save_neighbour_page(tmp_path / 'x.html', clip, [(clip, 0.5), (gone, -0.25)], 'found & noted')
    page = Page((tmp_path / 'x.html').read_text())
    assert [picture(image['src']).is_animated for image in page.all('img')] == [True, True]
    assert len(page.all('li')) == 2 and page.all('figure')[0]['title'] == clip
    for part in (
        'a <b> & "c".mp4',
        'similarity 0.500',
        '-0.250',
        'does not exist',
        'found & noted',
    ):
        assert part in page.text
    assert any(meta.get('name') == 'viewport' for meta in page.all('meta'))
    text = (tmp_path / 'x.html').read_text()
    assert not re.search(
        r'https?:|//|url\(|@import|<script|<link', re.sub('base64,[^"]*', '', text)
    )
    with pytest.raises(ValueError, match='there is no folder'):
        save_neighbour_page(tmp_path / 'none/x.html', clip, [], '')


def test_a_large_page_stays_small(clip, monkeypatch):
    limits = []

    def pictures(path, max_bytes):
        limits.append(max_bytes)
        if 'broken' in path:
            raise VideoError(path, 'is broken')
        return ('data:image/webp;base64,' + 'A' * (max_bytes * 2 // 3),) * 2

    monkeypatch.setattr('tev_mmaction.reporting.pages.thumbnails', pictures)
    neighbours = [(f'{i}.mp4', 0.0) for i in range(3 * MOST_PICTURES)]
    text = neighbour_page('query.mp4', neighbours, '')
    assert len(text) < 20_000_000 and len(limits) == MOST_PICTURES + 1
    assert 'The 100 nearest of 300 neighbours' in text
    assert len(text) > 15_000_000
    neighbour_page('broken', neighbours[:3], '')
    assert limits[-1] == 200_000


def test_in_a_browser(clip, tmp_path, browser):
    """On a desktop and on a phone."""
    gone = str(tmp_path / 'gone.mp4')
    save_neighbour_page(tmp_path / 'x.html', clip, [(clip, 0.5)] * 9 + [(gone, 0.1)], '')
    assert_opens(browser, tmp_path / 'x.html', pictures=10)
    assert browser.moves('.query img', 10)
    browser.open(tmp_path / 'x.html', media={'prefers-reduced-motion': 'reduce'})
    assert not browser.moves('.query img', 1)
