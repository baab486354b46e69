import pytest
from jinja2 import UndefinedError

from browser import assert_opens
from tev_mmaction.reporting.pages import render, save_page, size_of


def page(note, **values):
    """The page of a search, which shows a note."""
    query = dict(path='q.mp4', name='q.mp4', picture=dict(gone='broken'))
    shown = dict(title='x', query=query, neighbours=[], found=0, note=note)
    return render('search.html', **{**shown, **values})


def test_what_is_said_is_not_taken_for_markup():
    text = page('<i>1 & 2</i> "f"', title='x < y')
    assert '&lt;i&gt;1 &amp; 2&lt;/i&gt;' in text and '<i>' not in text
    assert '<title>x &lt; y</title>' in text
    with pytest.raises(UndefinedError):
        render('search.html', title='x')


def test_sizes_are_those_of_the_text():
    values = [dict(a='ä<', b=3, c=None), ('x', ['caf\udce9'])]
    assert size_of(values) == len('ä'.encode()) + len('&lt;') + 1 + len('caf?')


def test_names_that_are_no_text(tmp_path):
    save_page(tmp_path / 'x.html', page('caf\udce9'))
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
    save_page(tmp_path / 'closed.html', page('MARK').replace('MARK', foreign))
    browser.open(tmp_path / 'closed.html')
    assert sum('Content Security Policy' in error for error in browser.errors) == 2
    wide = '<div style="width:2000px">x</div>'
    save_page(tmp_path / 'wide.html', page('MARK').replace('MARK', wide))
    with pytest.raises(AssertionError, match='sideways at 1280'):
        assert_opens(browser, tmp_path / 'wide.html', pictures=0)
