"""Why the decoder's output cannot be told from the packets of some streams."""

import av
import pytest

from coded_clips import b_packed, remux, write_coded
from tev_mmaction.datasets.readers.packets.packet_scan import PacketScan

VOP = b'\0\0\1\xb6'


def packets_of(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.size]
        codec = stream.codec_context
        data = [(bytes(p), p.pts, number, p.is_discard) for number, p in enumerate(packets)]
        return codec.name, codec.extradata or b'', data


def scan(codec, extradata, packets, reorder_depth=2):
    """Returns the table, or why there is none."""
    packet_scan = PacketScan(codec, extradata)
    for packet in packets:
        packet_scan.add(*packet)
    return packet_scan.table(reorder_depth) or packet_scan.unpredictable


def changed(packets, number, change):
    """Packets, one of which has other bytes."""
    packets = list(packets)
    packets[number] = (change(packets[number][0]), *packets[number][1:])
    return packets


@pytest.fixture(scope='module')
def h264(tmp_path_factory):
    options = {'x264-params': 'keyint=12:scenecut=0:bframes=2:slices=2:repeat-headers=1'}
    path = write_coded(tmp_path_factory.mktemp('h264') / 'clip.h264', 'libx264', **options)
    return packets_of(path)


def in_mp4(tmp_path, **options):
    return packets_of(write_coded(tmp_path / 'clip.mp4', 'libx264', **options))


def test_h264_that_is_out_of_the_ordinary(tmp_path, h264):
    codec, extradata, packets = h264
    assert scan(codec, extradata, packets) == 'time stamps are missing'
    slices = [place for place in range(3, 4000) if packets[5][0][place - 3 : place] == b'\0\0\1']
    first = packets[5][0][: slices[-1] - 3]
    last = packets[5][0][slices[-1] - 3 :]
    for change, reason in [
        (lambda data: b'\1' + data, 'no start code'),
        (lambda data: data + data, 'one picture'),
        (lambda data: last, 'one picture'),
        (lambda data: first, 'time stamps are missing'),  # a slice is missing: the decoder's affair
        (lambda data: data + b'\0\0\1\x14\x00', 'type 20'),
        (lambda data: b'\0\0\1\x06\x05', 'one picture'),
        (lambda data: b'\0\0\1\x68\xff' + data, 'parameter sets change'),
        (
            lambda data: first + last[:3] + bytes([last[3] ^ (last[3] & 96 or 96)]) + last[4:],
            'slices of a picture',
        ),
        (lambda data: b'', 'pictures are missing'),
    ]:
        assert reason in scan(codec, extradata, changed(packets, 5, change)), reason
    assert 'missing' in scan(codec, extradata, packets[:3] + packets[4:12])
    sps = packets[0][0].find(b'\0\0\1\x67')
    twice = changed(packets, 0, lambda data: data[:sps] + b'\0\0\1\x67\x64\0\x0b' + data[sps:])
    assert 'not exactly one' in scan(codec, extradata, twice)
    # picture order counts of 64 bits, where the standard has at most 16
    bits = f'{66:08b}{10:016b}' + 3 * '1' + f'{61:011b}' + '1'
    huge = int(f'{bits:0<48}', 2).to_bytes(6, 'big')
    end = packets[0][0].find(b'\0\0\1', sps + 4)
    longer = changed(packets, 0, lambda data: data[: sps + 4] + huge + data[end:])
    assert 'out of bounds' in scan(codec, extradata, longer)
    codec, extradata, packets = in_mp4(tmp_path, g=12)
    assert 'on its own' in scan(codec, extradata, packets[1:])


def test_h264_order(tmp_path):
    codec, extradata, packets = in_mp4(tmp_path, g=12, bf=3)
    assert len(scan(codec, extradata, packets)) == len(packets)
    assert 'too early' in scan(codec, extradata, packets, reorder_depth=1)
    repeated = [*packets[:4], (*packets[4][:2], 2, False), *packets[5:]]
    assert 'out of order' in scan(codec, extradata, repeated)
    times = [(data, number, place, False) for number, (data, _, place, _) in enumerate(packets)]
    assert 'ordered differently' in scan(codec, extradata, times)
    fields = in_mp4(tmp_path, **{'x264-params': 'interlaced=1:keyint=12'})
    assert scan(*fields) == 'pictures may be fields'
    assert 'ends early' in scan(codec, extradata[:6], packets)
    assert 'ends early' in scan(codec, extradata, changed(packets, 4, lambda data: data[:-1]))


def test_mpeg4_that_is_out_of_the_ordinary(tmp_path):
    source = write_coded(tmp_path / 'clip.avi', 'mpeg4', g=12, bf=2, qmax=4)
    codec, extradata, packets = packets_of(source)
    assert len(scan(codec, extradata, packets)) == len(packets)
    assert 'too early' in scan(codec, extradata, packets, reorder_depth=0)
    header = b'\0\0\1\xb2another'
    for number, change, reason in [
        (12, lambda data: header + data, 'headers change'),
        (5, lambda data: data + header, 'headers after'),
        (5, lambda data: data + VOP, 'ends early'),
        (5, lambda data: b'\0\0\1\xb6\x50\x5f', 'is not coded'),
        (5, lambda data: b'\0\0\1\xb6\x50\x1f', 'a mark is missing'),
        (5, lambda data: data[:5], 'a mark is missing'),
        (5, lambda data: b'\0\0\1\xb6' + 9 * b'\xff', 'a header ends early'),
        (5, lambda data: data + data, 'several pictures'),
        (5, lambda data: data[4:], 'without a picture'),
    ]:
        told = scan(codec, extradata, changed(packets, number, change))
        assert isinstance(told, str) and reason in told, reason


def test_packed_pictures_that_the_decoder_loses(tmp_path):
    source = write_coded(tmp_path / 'b.avi', 'mpeg4', g=12, bf=2, qmax=4)
    codec, extradata, packets = packets_of(remux(source, tmp_path / 'packed.avi', b_packed))
    assert scan(codec, extradata, packets)
    marks = [number for number, packet in enumerate(packets) if len(packet[0]) < 20]
    without = packets[: marks[0]] + packets[marks[0] + 1 :]
    assert 'lost' in scan(codec, extradata, without)
    plain = [(data.replace(b'1393p', b'1393n'), *rest) for data, *rest in packets]
    assert 'several pictures' in scan(codec, extradata.replace(b'1393p', b'1393n'), plain)


def test_mpeg4_whose_references_are_missing(tmp_path):
    """FFmpeg does not show the B pictures behind a lost reference."""
    codec, extradata, packets = packets_of(write_coded(tmp_path / 'b.avi', 'mpeg4', g=12, bf=2))
    kinds = [packet[0][packet[0].find(VOP) + 4] >> 6 for packet in packets]
    lost = next(at for at in range(5, 60) if kinds[at : at + 2] == [1, 2])
    reason = 'a B picture lies between no others'
    assert reason in scan(codec, extradata, packets[:lost] + packets[lost + 1 :])


def other_layer(data):
    """Another flag, which no decoder looks at."""
    place = data.find(b'\0\0\1\x20') + 4
    return data[:place] + bytes([data[place] ^ 128]) + data[place + 1 :]


def test_mpeg4_layers_that_change(tmp_path):
    codec, extradata, packets = packets_of(write_coded(tmp_path / 'clip.avi', 'mpeg4', g=12))
    keys = [at for at, packet in enumerate(packets) if b'\0\0\1\x20' in packet[0]]
    assert len(keys) > 3
    for key in keys[1:]:
        packets = changed(packets, key, other_layer)
    assert len(scan(codec, extradata, packets)) == 60
    without = changed(packets, keys[2], lambda data: data[data.find(VOP) :])
    assert 'not exactly one' in scan(codec, extradata, without)
    amid = changed(packets, keys[1] + 1, lambda data: b'\0\0\1\x20\x08\x86' + data)
    assert 'headers change' in scan(codec, extradata, amid)
    none = changed(packets, 0, lambda data: data[data.find(VOP) :])
    assert 'not exactly one' in scan(codec, b'', none)


def test_empty_packets_are_none(tmp_path):
    codec, extradata, packets = in_mp4(tmp_path, g=12)
    with_empty = [*packets[:20], (b'', None, 20, False), *packets[20:]]
    with_empty = [(data, time, at, False) for at, (data, time, _, _) in enumerate(with_empty)]
    packet_scan = PacketScan(codec, extradata)
    for packet in with_empty:
        packet_scan.add(*packet)
    assert len(packet_scan.table(2)) == len(packets)
    assert [part.packet for part in packet_scan.parts[18:22]] == [18, 19, 21, 22]


def test_single_bytes_that_encoders_leave(tmp_path):
    source = write_coded(tmp_path / 'b.avi', 'mpeg4', g=12, bf=2, qmax=4)
    codec, extradata, packets = packets_of(source)
    with_byte = [*packets[:4], (b'\x7f', None, 4, False), *packets[4:]]
    with_byte = [(data, time, at, False) for at, (data, time, _, _) in enumerate(with_byte)]
    assert 'without a picture' in scan(codec, extradata, with_byte)
    assert len(scan(codec, extradata + b'\0\0\1\xb2XviD0050', with_byte)) == len(packets)


def vp9(*frames):
    """A packet of several pictures with an index behind them."""
    mark = bytes([0b11000000 | len(frames) - 1])
    return b''.join(frames) + mark + bytes(map(len, frames)) + mark


def test_pictures_of_vp8_and_vp9_that_are_not_shown():
    key, hidden, shown, again = b'\x82\0', b'\x84\0', b'\x86\0', b'\x88\0'
    deep = b'\xb1\0', b'\xb3\0', b'\xb4\0', b'\xb2\0'  # of profile 3; the last is not shown
    for codec, packets, frames in [
        ('vp8', [b'\x10\0', b'\x01\0', b'\x11\0'], 2),
        ('vp9', [key, hidden, shown, vp9(hidden, shown), again], 4),
        ('vp9', [*deep], 3),
        ('vp9', [key, shown + b'\xc9'], 2),  # no index, though it ends like one
        ('vp9', [key, vp9(shown, shown)], 'shows several'),
        ('vp9', [key, vp9(shown)[:1] + vp9(shown)[2:]], 'does not fit'),
        ('vp9', [key, b'\x06\0'], 'not begin with a picture'),
        ('vp9', [shown, key], 'on its own'),
    ]:
        table = scan(codec, b'', [(data, None, at, False) for at, data in enumerate(packets)], 0)
        assert len(table) == frames if isinstance(frames, int) else frames in table
