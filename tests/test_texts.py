"""Lists and tables are UTF-8, and read as they were written, whatever a name is made of."""

import csv
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tev_mmaction.texts import (
    EncodingError,
    decode,
    lines_of,
    quote,
    reasons_of,
    reasons_text,
    table,
    table_rows,
    unquote,
    with_flags,
)

NAMES = st.binary(min_size=1).filter(lambda b: b'\0' not in b).map(os.fsdecode) | st.text(
    st.characters(exclude_categories=['Cs'], exclude_characters='\0'), min_size=1
)


@given(NAMES)
def test_names(name):
    text = quote(name)
    assert unquote(text) == name
    assert text.encode('utf-8').decode('utf-8').splitlines() == [text]
    assert '\t' not in text
    assert unquote(quote(name, always=True)) == name


@given(st.lists(st.tuples(NAMES, st.integers(), NAMES)))
def test_tables(rows):
    content = table(['path', 'n', 'x'], rows).encode('utf-8')
    found = list(table_rows(decode(content, 'f')))
    assert found == [['path', 'n', 'x'], *([a, str(n), b] for a, n, b in rows)]
    assert content.count(b'\n') == len(rows) + 1  # a record is a line


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_reasons(pairs):
    found = list(reasons_of(reasons_text(pairs) + 'half\tline'))
    assert [(n, why) for n, why in found] == [(n, ' '.join(why.split())) for n, why in pairs]


def test_ordinary_names_stay_as_they_are():
    for name in ('a b.mp4', '舞蹈/ä.mp4', '-rf.mp4', '12:30.mp4', '100%.mp4', 'x"y".mp4', "it's"):
        assert quote(name) == unquote(name) == name
    assert quote('a\nb') == '"a\\nb"' and quote(os.fsdecode(b'\xe9')) == '"\\udce9"'


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_line_ends(end):
    assert lines_of(end.join(['a', '', 'b'])) == ['a', '', 'b'] == lines_of(f'a{end}{end}b{end}')


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert decode('\ufeffä'.encode(), 'f') == 'ä'


@pytest.mark.parametrize(
    'encoding, message',
    [
        ('utf-16', 'line 1.*|byte-order mark of UTF-16.*iconv -f UTF-16 -t UTF-8'),
        ('utf-16-le', r'zero byte at 1 \(line 1\).*iconv -f UTF-16LE'),
        ('utf-16-be', r'zero byte at 0 \(line 1\).*iconv -f UTF-16BE'),
        ('utf-32', 'byte-order mark of UTF-32'),
        ('gbk', r'byte 0xce at 8 \(line 2\).*iconv -f GBK'),
        ('shift_jis', r'\(line 2\).*SHIFT_JIS'),
    ],
)
def test_other_encodings_are_named_with_line_and_byte(encoding, message):
    text = 'a.mp4 0\n舞蹈.mp4 1\n'
    text = text.replace('舞蹈', '踊り') if encoding == 'shift_jis' else text
    content = (
        text.encode(encoding) if '16-' not in encoding else b'a.mp4 0\n'.decode().encode(encoding)
    )
    with pytest.raises(EncodingError, match=f"'list.txt' is not in UTF-8.*{message}") as error:
        decode(content, 'list.txt')
    assert error.value.line == (2 if encoding in ('gbk', 'shift_jis') else 1)


def test_what_is_no_table():
    with pytest.raises(csv.Error):
        list(table_rows('a' * 200_000))


def test_arguments_are_told_as_flags():
    said = with_flags(ValueError("short_side=3: even, see '/x_short_side=3/a=b'"), ['short_side'])
    assert said == "--short-side 3: even, see '/x_short_side=3/a=b'"
