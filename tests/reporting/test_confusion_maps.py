"""The picture of a confusion matrix: its shares as opacity, its counts and names as text."""

import numpy as np
import pytest

from reporting.parsed_page import Page, contrast, luminance, pixels
from reporting.run_folders import retrieval_record
from tev_mmaction.evaluation import Evaluation
from tev_mmaction.reporting.class_sections import classes
from tev_mmaction.reporting.confusion_maps import confusion_map
from tev_mmaction.reporting.pages import render
from tev_mmaction.reporting.report import Section

BACKGROUNDS = dict(light=((255, 255, 255), (27, 31, 36)), dark=((20, 23, 27), (230, 233, 236)))


def test_opacity_is_the_share_of_the_row():
    shown = confusion_map(np.array([[3, 1, 0], [0, 0, 0], [2, 0, 6]]), ['a', 'b', 'x' * 30])
    picture = pixels(shown['picture'])
    shares = np.array([[0.75, 0.25, 0], [0, 0, 0], [0.25, 0, 0.75]])
    assert picture.shape == (3, 3, 4) and np.ptp(picture[..., :3], axis=(0, 1)).max() == 0
    assert abs(picture[..., 3] / 255 - 0.75 * shares).max() < 0.003
    cell = shown['side'] / 3
    counts = [(x // cell, y // cell, count) for x, y, count in shown['counts']]
    assert counts == [(0, 0, 3), (1, 0, 1), (0, 2, 2), (2, 2, 6)]  # column, row
    assert [name for _, name in shown['labels']] == ['a', 'b', 'x' * 12 + '…' + 'x' * 11]


@pytest.mark.parametrize('scheme', BACKGROUNDS)
def test_counts_can_be_read_on_every_share(scheme):
    """WCAG 2: the contrast of small text is to be 4.5 or more."""
    background, letters = (np.array(colour) / 255 for colour in BACKGROUNDS[scheme])
    for right in range(11):
        counts = np.array([[right, 10 - right], [0, 1]])
        *colour, opacity = pixels(confusion_map(counts, 'ab')['picture'])[0, 0] / 255
        cell = background + opacity * (colour - background)
        assert contrast(luminance(cell), luminance(letters)) >= 4.5


@pytest.mark.parametrize('size, counts, labels', [(30, 30, 30), (60, 0, 60), (61, 0, 9)])
def test_many_classes(size, counts, labels):
    shown = confusion_map(np.eye(size, dtype=int), [f'name {number}' for number in range(size)])
    assert (len(shown['counts']), len(shown['labels'])) == (counts, labels)
    assert shown['labels'][-1][1] == ('60' if size > 60 else f'name {size - 1}')
    assert pixels(shown['picture']).shape == (size, size, 4)


def test_the_page_draws_it_and_names_how_often():
    record = retrieval_record([], classes=('wave', 'walk <b>'))
    section = Section('Classes', 'classes', classes([Evaluation('a', None, record)]))
    page = Page(render('report.html', title='x', lead='', keys=[], sections=[section], missing=[]))
    (drawn,) = page.of_class('confusion')
    assert drawn['aria-label'] == 'Confusion matrix: Nearest neighbours, a'
    assert len(page.all('image')) == 1 and len(page.of_class('count')) == 4
    assert 'walk <b> 3 1 3 1' in page.words and 'walk <b> (1×)' in page.words
