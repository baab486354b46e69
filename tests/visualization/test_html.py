import pytest

from browser import assert_opens
from tev_mmaction.visualization.html import facts, page, save_page, table


def test_what_is_said_is_not_taken_for_markup():
    text = table(['a < b', 'c'], [['<i>', '1 & 2']]) + facts([('d > e', '"f"')])
    for part in ('a &lt; b', '&lt;i&gt;', '1 &amp; 2', 'd &gt; e'):
        assert part in text
    assert '<i>' not in text
    assert '<title>x &lt; y</title>' in page('x < y', '')


def test_names_that_are_no_text(tmp_path):
    save_page(tmp_path / 'x.html', page('caf\udce9', ''))
    assert b'caf?' in (tmp_path / 'x.html').read_bytes()
    with pytest.raises(ValueError, match='there is no folder'):
        save_page(tmp_path / 'none/x.html', '')


def test_a_page_lets_nothing_out(tmp_path, browser):
    """And the browser of these tests notices who tries."""
    foreign = '<img src="http://127.0.0.1:4/x.png">'
    (tmp_path / 'open.html').write_text(f'<!DOCTYPE html><html><body>{foreign}</body></html>')
    browser.open(tmp_path / 'open.html')
    assert browser.requests == ['http://127.0.0.1:4/x.png'] and browser.errors
    with pytest.raises(AssertionError):
        assert_opens(browser, tmp_path / 'open.html', pictures=1)
    foreign += '<script src="http://127.0.0.1:4/x.js"></script>'
    save_page(tmp_path / 'closed.html', page('x', foreign))
    browser.open(tmp_path / 'closed.html')
    assert sum('Content Security Policy' in error for error in browser.errors) == 2
    wide = '<div style="width:2000px">x</div>'
    save_page(tmp_path / 'wide.html', page('x', wide))
    with pytest.raises(AssertionError, match='sideways at 1280'):
        assert_opens(browser, tmp_path / 'wide.html', pictures=0)
