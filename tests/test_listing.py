import pytest

from tev_mmaction.listing import cut, first_of


@pytest.mark.parametrize(
    'count, text', [(0, ''), (1, 'v0'), (3, 'v0; v1; v2'), (4, 'v0; v1; v2; and 1 more')]
)
def test_what_is_not_named_is_counted(count, text):
    assert first_of([f'v{number}' for number in range(count)], most=3) == text


def test_a_message_stays_short_whatever_the_list():
    text = first_of([f'{number}.mp4' for number in range(10_000)], separator=', ')
    assert text == '0.mp4, 1.mp4, 2.mp4, 3.mp4, 4.mp4, and 9995 more'


@pytest.mark.parametrize('most', [1, 2, 3, 10, 11, 12])
def test_a_long_name_keeps_both_ends(most):
    name = 'abcdefghijk'
    shown = cut(name, most)
    assert len(shown) == min(most, len(name))
    if most < len(name):
        start, end = shown.split('…')
        assert name.startswith(start) and name.endswith(end) and 0 <= len(start) - len(end) <= 1
    else:
        assert shown == name
