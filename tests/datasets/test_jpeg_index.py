"""Motion-JPEG avi files are read by their index, as far as it holds."""

import io
from contextlib import suppress
from types import SimpleNamespace

import av
import numpy as np
import pytest

from coded_clips import write_coded
from helpers import frame_of, write_clip
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.readers.packets.jpeg_index import JpegIndex
from tev_mmaction.datasets.readers.packets.packet_scan import PacketScan
from tev_mmaction.datasets.readers.planned_reader import PlannedReader
from tev_mmaction.storage.file_part import FilePart


@pytest.fixture
def jpegs(tmp_path):
    return write_clip(tmp_path / 'jpegs.avi', 40, codec='mjpeg')


def index_of(path):
    with av.open(str(path)) as container:  # the entries go with it
        return JpegIndex.of(container.streams.video[0].index_entries, 40)


def swap_in_index(path, first, second):
    """Exchange two entries of the ``idx1`` chunk, 16 bytes each."""
    content = bytearray(path.read_bytes())
    start = content.rindex(b'idx1') + 8
    one, two = (slice(start + 16 * n + 8, start + 16 * n + 16) for n in (first, second))
    content[one], content[two] = content[two], content[one]
    path.write_bytes(content)


def test_frames_are_those_of_a_sequential_read(jpegs):
    with av.open(str(jpegs)) as container:
        expected = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
    reader = open_video(str(jpegs), 'pyav')
    for wanted in ([0], [39], [0, 5, 6, 39], list(range(40))):
        frames = reader.read(wanted)
        assert all(np.array_equal(frame, expected[i]) for frame, i in zip(frames, wanted))
    assert len(reader) == reader.count_decodable() == 40


def test_no_packet_is_read_that_is_not_wanted(jpegs, monkeypatch):
    monkeypatch.setattr(PacketScan, 'add', lambda *args: pytest.fail('packets are read'))
    frames = open_video(str(jpegs), 'pyav').read([3, 31])
    assert [frame_of(frame) for frame in frames] == [3, 31]


@pytest.mark.parametrize('before', [b'', b'another member'])
def test_streams_are_read_by_their_index(jpegs, monkeypatch, before):
    monkeypatch.setattr(PacketScan, 'add', lambda *args: pytest.fail('packets are read'))
    content = jpegs.read_bytes()
    part = FilePart(io.BytesIO(before + content + b'behind'), len(before), len(content))
    frames = PlannedReader(part, 'member').read([3, 31])
    assert [frame_of(frame) for frame in frames] == [3, 31]


def test_an_index_that_is_out_of_order_is_not_used(jpegs):
    swap_in_index(jpegs, 4, 20)
    assert index_of(jpegs) is None
    frames = open_video(str(jpegs), 'pyav').read(range(40))
    assert [frame_of(frame) for frame in frames] == list(range(40))


def test_an_index_that_does_not_fit_is_left_for_the_packets(jpegs):
    content = bytearray(jpegs.read_bytes())
    size = content.rindex(b'idx1') + 8 + 16 * 7 + 12
    content[size] -= 2
    jpegs.write_bytes(content)
    assert index_of(jpegs) is not None
    frames = open_video(str(jpegs), 'pyav').read([7, 8])
    assert [frame_of(frame) for frame in frames] == [7, 8]
    with pytest.raises(VideoError, match='index does not fit'):
        open_video(str(jpegs), 'pyav').read([6, 7])


def test_a_file_that_is_cut_has_no_usable_index(jpegs):
    jpegs.write_bytes(jpegs.read_bytes()[: jpegs.stat().st_size // 2])
    with pytest.raises(VideoError):
        reader = open_video(str(jpegs), 'pyav')
        reader.read(range(len(reader)))


def test_a_damaged_picture_does_not_depend_on_what_was_read_before(tmp_path):
    """Decoders fill up what they cannot decode; what the decoder notices is refused instead."""
    path = write_coded(tmp_path / 'jpegs.avi', 'mjpeg', pixels='yuvj420p', qmax=2)
    whole, rng, refused = path.read_bytes(), np.random.default_rng(0), 0
    with av.open(str(path)) as container:
        entry = container.streams.video[0].index_entries[30]
        start, stop = entry.pos + 700, entry.pos + entry.size  # behind the tables
    for place in rng.integers(start, stop, 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        outcomes = []
        for indices in ([30], [3, 30], [29, 30]):
            with suppress(VideoError):
                outcomes.append(open_video(str(path), 'pyav').read(indices)[-1])
        assert len(outcomes) in (0, 3)
        assert all(np.array_equal(outcomes[0], other) for other in outcomes[1:])
        if not outcomes:
            refused += 1
            with pytest.raises(VideoError):
                open_video(str(path), 'pyav').count_decodable()
    assert refused


def entry(**changes):
    facts = dict(pos=100, size=50, timestamp=0, is_keyframe=True, is_discard=False)
    return SimpleNamespace(**{**facts, **changes})


@pytest.mark.parametrize(
    'second',
    [
        dict(pos=157),
        dict(pos=50),
        dict(size=0),
        dict(timestamp=2),
        dict(is_keyframe=False),
        dict(is_discard=True),
    ],
    ids=str,
)
def test_what_an_index_must_be(second):
    good = [entry(), entry(pos=158, timestamp=1)]
    assert len(JpegIndex.of(good, 2)) == 2
    assert JpegIndex.of(good, 3) is None and JpegIndex.of([], 0) is None
    assert JpegIndex.of([entry(), entry(**{'pos': 158, 'timestamp': 1, **second})], 2) is None


@pytest.mark.parametrize(
    'chunk', [b'00wb', b'00dc\5\0\0\0\xff\xd8abc', b'00dc\4\0\0\0\0\0ab', b'00dc\4\0'], ids=str
)
def test_a_chunk_that_is_another(chunk):
    index = JpegIndex(np.array([0]), np.array([4]))
    assert index.read(io.BytesIO(b'00dc\4\0\0\0\xff\xd8ab'), 0) == b'\xff\xd8ab'
    assert index.read(io.BytesIO(chunk), 0) is None
