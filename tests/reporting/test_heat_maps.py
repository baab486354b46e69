"""The picture of a matrix has its colours, one pixel a pair."""

import pytest

from reporting.parsed_page import pixels
from reporting.run_folders import equivariance_record
from tev_mmaction.reporting.heat_maps import heat_map


def test_red_is_similar_and_blue_is_opposite():
    shown = heat_map(equivariance_record().details['matrix'], 'a')
    picture = pixels(shown['picture'])
    assert picture.shape == (3, 3, 4) and (picture[[0, 1, 2], [0, 1, 2], 3] == 0).all()
    red, blue = picture[..., 0] - picture[..., 2], picture[..., 2] - picture[..., 0]
    assert red[0, 1] > 50 and blue[0, 2] > 50 and abs(red[1, 2]) < 15  # 0.5, -0.5, 0
    assert shown['ticks'] == [
        (pytest.approx((row + 0.5) / 3), text) for row, text in enumerate(('-4', '+0', '+9'))
    ]
    assert shown['title'] == 'a, [f_p, f_q]' and shown['limit'] == '0.5'
    scale = pixels(shown['colours'])[:, 0]
    assert scale[0, 0] > scale[0, 2] and scale[-1, 0] < scale[-1, 2]


def test_a_single_pair():
    matrix = dict(similarity=[[1.0]], shifts=[3], vectors='relative_vectors')
    assert heat_map(matrix, 'a')['ticks'] == [(0.5, '+3')]
