import pytest

from tev_mmaction.narration import NarrationError, Sentence, parse_subtitles

VTT = """WEBVTT Kind: captions

NOTE made by hand
of two lines

STYLE
::cue { color: red }

intro
00:01.500 --> 00:03.250 align:start position:0%
<v Roger>Now <c.yellow>cut</c> the&nbsp;bread &amp; eat

01:00:02.000 --> 01:00:04.000
Two
lines

00:02.000 --> 00:05.000
an overlapping cue

00:06.000 --> 00:07.000

00:08.000 --> 00:09.000
<i></i>
"""
SRT = """1
00:00:01,5 --> 00:00:03,250
{\\an8}<font color="red">Now</font> cut

2
00:01:02,000 --> 00:01:04.000
the bread
"""


def test_webvtt():
    assert parse_subtitles(VTT, 'a.vtt') == [
        Sentence(1.5, 3.25, 'Now cut the bread & eat'),
        Sentence(3602.0, 3604.0, 'Two lines'),
        Sentence(2.0, 5.0, 'an overlapping cue'),
    ]


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_subrip_with_any_line_ends(end):
    assert parse_subtitles(SRT.replace('\n', end), 'a.srt') == [
        Sentence(1.5, 3.25, 'Now cut'),
        Sentence(62.0, 64.0, 'the bread'),
    ]


def test_rolling_captions_are_said_once():
    rolling = """WEBVTT

00:00.000 --> 00:02.000
first we cut

00:02.000 --> 00:02.010
first we cut

00:02.010 --> 00:04.000
first we cut
<00:02.500><c>the bread</c>

00:09.000 --> 00:10.000
first we cut
"""
    assert parse_subtitles(rolling, 'a.vtt') == [
        Sentence(0.0, 2.0, 'first we cut'),
        Sentence(2.01, 4.0, 'the bread'),
        Sentence(9.0, 10.0, 'first we cut'),
    ]


def test_automatic_captions_have_lines_of_blanks_within_cues():
    automatic = """WEBVTT
Kind: captions

00:00.000 --> 00:02.000 align:start position:0%
\x20
so<00:00.560><c> today</c><00:00.960><c> we</c>

00:02.000 --> 00:02.010 align:start position:0%
so today we
\x20

00:02.010 --> 00:04.000 align:start position:0%
so today we
cut<00:02.500><c> bread</c>

00:05.000 --> 00:06.000
 \t
00:07.000 --> 00:08.000
and
\x20
eat
\x20
NOTE the end
"""
    assert parse_subtitles(automatic, 'a.vtt') == [
        Sentence(0.0, 2.0, 'so today we'),
        Sentence(2.01, 4.0, 'cut bread'),
        Sentence(7.0, 8.0, 'and eat'),
    ]


@pytest.mark.parametrize('name', ['', '2\n'])
def test_times_begin_a_cue_without_an_empty_line(name):
    text = f'1\n00:00:01,000 --> 00:00:02,000\ncut 3\n{name}00:00:02,000 --> 00:00:03,000\n4\n'
    expected = [Sentence(1.0, 2.0, 'cut 3'), Sentence(2.0, 3.0, '4')]
    assert parse_subtitles(text, 'a.srt') == expected
    assert parse_subtitles(f'WEBVTT\n\n{text}'.replace(',', '.'), 'a.vtt') == expected


@pytest.mark.parametrize(
    ('file', 'text', 'message'),
    [
        ('a.vtt', SRT, "'a.vtt', line 1: does not begin with WEBVTT.*rename the file to .srt"),
        ('a.vtt', '', 'does not begin with WEBVTT'),
        ('a.srt', '1\n00:00:01,000 -> 00:00:02,000\nHi', "line 1: '1' has no times; write"),
        ('a.srt', '\n1\n00:00:01 --> 00:00:02\nHi', "line 3: '00:00:01 --> 00:00:02' are no times"),
        ('a.srt', SRT + '\nmore of the bread\n', "line 9: 'more of the bread' has no times"),
        ('a.srt', '00:61:01,000 --> 00:62:02,000\nHi', 'line 1: .* more than 59 minutes'),
        ('a.srt', '00:01:01,000 --> 00:01:00,999\nHi', 'line 1: .* ends before it starts'),
    ],
)
def test_what_is_malformed_is_named_with_its_line(file, text, message):
    with pytest.raises(NarrationError, match=message):
        parse_subtitles(text, file)


def test_no_cue_is_no_sentence():
    assert parse_subtitles('WEBVTT\n', 'a.vtt') == parse_subtitles('', 'a.srt') == []
