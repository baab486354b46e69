"""A file's frames are those that a sequential read shows, whatever its header or packets count."""

from contextlib import suppress

import av
import numpy as np
import pytest

from coded_clips import NUM_FRAMES, OPEN_GOP, remux, sequential, write_coded
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.video_index import examine

LATE = [index + 1 for index in range(NUM_FRAMES)]  # starts at 0.04 s, as many mp4 files do
GAP = [index + 3 * (index > 30) for index in range(NUM_FRAMES)]  # three frames were dropped


def assert_agrees(path, note='', truth=None):
    """Length, index and frames, on every pass, are those of a sequential read."""
    truth = sequential(path) if truth is None else truth
    record = examine('x', str(path), 'pyav')
    assert (record.num_frames, record.reason) == (len(truth), '')
    assert note in record.note and bool(note) == bool(record.note)
    first, last = open_video(str(path), 'pyav'), len(truth) - 1
    for reader in (first, open_video(str(path), 'pyav')):
        with pytest.raises(VideoError, match=f'was asked for, but it has {len(truth)} frames'):
            reader.read([0, len(truth)])
        assert len(reader) == len(truth)
        for indices in (range(len(truth)), [last], [0, last // 2], range(1, last, 5)):
            frames = reader.read(list(indices))
            assert all(np.array_equal(a, truth[i]) for a, i in zip(frames, indices)), indices
            assert np.array_equal(open_video(str(path), 'pyav').read(list(indices)), frames)


@pytest.mark.parametrize('codec, bf', [('mpeg4', 0), ('mpeg4', 2), ('mjpeg', 0), ('libx264', 0)])
@pytest.mark.parametrize('times', [LATE, GAP], ids=['late', 'gap'])
def test_empty_chunks_of_avi_files(tmp_path, codec, bf, times):
    options = dict(pixels='yuvj420p') if codec == 'mjpeg' else dict(g=12, bf=bf)
    path = write_coded(tmp_path / 'clip.avi', codec, times=times, **options)
    with av.open(str(path)) as container:
        claimed = container.streams.video[0].frames
    assert claimed > NUM_FRAMES or (times is LATE and bf)  # which starts with the first B picture
    note = f'the header counts {claimed} packets, 60 are there' if claimed > NUM_FRAMES else ''
    assert_agrees(path, note)


def with_bytes(after, name=b'XviD0050'):
    """A change for :func:`remux`: the encoder's name, and packets of one byte behind some."""

    def change(packets):
        shown = 0
        for number, packet in enumerate(packets):
            data = bytes(packet)
            if number == 0:
                data = data.replace(b'\0\0\1\xb6', b'\0\0\1\xb2' + name + b'\0\0\1\xb6', 1)
            for content in [data] + [b'\x7f'] * (number in after):
                new = av.Packet(content)
                new.pts = new.dts = shown
                new.time_base, new.is_keyframe = packet.time_base, packet.is_keyframe
                shown += 1
                yield new

    return change


@pytest.mark.parametrize('after', [{0}, {0, 25, 59}])
@pytest.mark.parametrize('bf', [0, 2])
def test_packets_of_one_byte(tmp_path, after, bf):
    """DivX and Xvid leave them where their own decoder holds a picture back."""
    source = write_coded(tmp_path / 'source.avi', 'mpeg4', g=12, bf=bf)
    path = remux(source, tmp_path / 'clip.avi', with_bytes(after))
    assert len(sequential(path)) == NUM_FRAMES
    between = len(after - {59})
    total = NUM_FRAMES + len(after)
    assert_agrees(path, f'{len(after)} of {total} packets show no frame: {between} between')


def test_a_byte_that_the_decoder_refuses(tmp_path):
    source = write_coded(tmp_path / 'source.avi', 'mpeg4', g=12)
    path = remux(source, tmp_path / 'clip.avi', with_bytes({25}, b'other'))
    with pytest.raises(av.InvalidDataError):
        sequential(path)
    assert 'cannot be decoded' in examine('x', str(path), 'pyav').reason


@pytest.mark.parametrize(
    'name, codec, options',
    [
        ('clip.ts', 'libx264', dict(g=12)),
        ('clip.mkv', 'libx264', OPEN_GOP),
        ('refresh.ts', 'libx264', {'x264-params': 'intra-refresh=1:keyint=12'}),
        ('mpeg2.ts', 'mpeg2video', dict(g=12, bf=2)),
        ('mpeg1.mpg', 'mpeg1video', dict(g=12, bf=2)),
        ('hevc.mkv', 'libx265', {'x265-params': 'keyint=12:open-gop=1:log-level=none'}),
    ],
)
@pytest.mark.parametrize('cut', [5, 13])
def test_streams_that_begin_off_a_keyframe(tmp_path, name, codec, options, cut):
    if codec not in av.codecs_available:
        pytest.skip(f'no encoder {codec} here')
    whole = write_coded(tmp_path / f'whole_{name}', codec, **options)
    path = remux(whole, tmp_path / name, lambda packets: packets[cut:])
    assert len(sequential(path)) < NUM_FRAMES - cut
    assert_agrees(path, 'before the first frame')


@pytest.mark.parametrize('codec', ['libvpx', 'libvpx-vp9'])
def test_what_fails_before_the_first_keyframe_is_passed_over(tmp_path, codec):
    whole = write_coded(tmp_path / 'whole.webm', codec, g=12)
    path = remux(whole, tmp_path / 'clip.webm', lambda packets: packets[5:])
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    key = next(at for at, packet in enumerate(packets) if packet.is_keyframe and at >= 5)
    truth = sequential(whole)[key:]
    assert_agrees(path, f'{key - 5} before the first frame', truth)


def hidden(packets):
    """A change for :func:`remux`: some VP8 pictures are only there to be predicted from."""
    for number, packet in enumerate(packets):
        if number in (7, 20, 21):
            data = bytes(packet)
            packet.update(bytes([data[0] & ~16]) + data[1:])
        yield packet


def test_pictures_that_are_not_shown(tmp_path):
    whole = write_coded(tmp_path / 'whole.webm', 'libvpx', g=12)
    path = remux(whole, tmp_path / 'clip.webm', hidden)
    assert len(sequential(path)) == NUM_FRAMES - 3
    assert_agrees(path, '3 of 60 packets show no frame: 3 between frames')


def test_a_last_packet_that_shows_nothing(tmp_path):
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', g=12)

    def with_end(packets):
        end = av.Packet(b'\0\0\0\1\x0a')  # the end of the sequence
        end.pts = end.dts = packets[-1].pts + packets[-1].duration
        end.time_base = packets[-1].time_base
        return [*packets, end]

    path = remux(whole, tmp_path / 'clip.mp4', with_end)
    assert_agrees(path, '1 of 61 packets show no frame: 1 after the last frame')


def bits(*codes):
    """Numbers as (value, bits), or Exp-Golomb codes as plain numbers, in one string of bits."""
    text = ''
    for code in codes:
        value, width = code if isinstance(code, tuple) else (code + 1, 0)
        text += f'{value:0{width}b}' if width else '0' * (value.bit_length() - 1) + f'{value:b}'
    return text


def nal(head, text):
    """A NAL unit with a start code."""
    text += '1'
    text += '0' * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, 'big')
    return b'\0\0\0\1' + bytes([head]) + data.replace(b'\0\0\1', b'\0\0\3\1')


def field_slice(number, is_bottom, grey):
    """A field of 16x16, of one macroblock that is not compressed."""
    is_idr = number == 0 and not is_bottom
    head = bits(0, 7, 0, (number % 16, 4), (1, 1), (int(is_bottom), 1))
    head += bits(0) if is_idr else ''
    head += bits((2 * number + is_bottom, 6), (0, 2 if is_idr else 1))  # order, marks of references
    head += bits(0, 25)  # change of the quantiser, kind of the macroblock
    head += '0' * (-len(head) % 8)
    pixels = bytes([grey]) * 256 + b'\x80' * 128
    return nal(0x65 if is_idr else 0x61, head + ''.join(f'{pixel:08b}' for pixel in pixels))


def test_one_field_a_packet(tmp_path):
    """As camcorders and broadcasters write H.264: two packets a frame."""
    sequence = nal(0x67, bits((77, 8), (0, 8), (30, 8), 0, 0, 0, 2, 1, (0, 1), 0, 0) + '00100')
    picture = nal(0x68, bits(0, 0) + '00' + bits(0, 0, 0) + '000' + bits(0, 0, 0) + '000')
    fields = [field_slice(n, b, 40 + 10 * n + 5 * b) for n in range(12) for b in (False, True)]
    fields[0] = sequence + picture + fields[0]
    raw = tmp_path / 'raw.h264'
    raw.write_bytes(b''.join(fields))
    truth = sequential(raw)
    assert len(truth) == 12 and truth[0].shape == (32, 16, 3)
    assert_agrees(raw, '12 of 24 packets show no frame')


@pytest.mark.parametrize('bf', [0, 2])
def test_a_second_pass_is_like_the_first(tmp_path, bf):
    """Decoders that were flushed may keep pictures: of streams without a key frame, and others."""
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', g=250, bf=bf)
    path = remux(whole, tmp_path / 'clip.mp4', lambda packets: packets[3:])
    truth, reader = sequential(path), open_video(str(path), 'pyav')
    for _ in range(3):
        assert np.array_equal(reader.read(range(len(truth))), truth)
        assert np.array_equal(reader.read([0, 5]), [truth[0], truth[5]])


@pytest.mark.parametrize('lost', [13, 25, 40])
def test_a_pass_after_a_failed_one_is_like_the_first(tmp_path, lost):
    """A reference is lost, and what is predicted from it is refused or as in sequence."""
    whole = write_coded(tmp_path / 'whole.avi', 'mpeg4', g=12, bf=2)
    path = remux(whole, tmp_path / 'clip.avi', lambda packets: packets[:lost] + packets[lost + 1 :])
    truth, reader = sequential(path), open_video(str(path), 'pyav')
    for index in 2 * (0, 14, lost, len(truth) - 1, len(truth)):
        with suppress(VideoError):
            assert np.array_equal(reader.read([index])[0], truth[index])


def test_names_that_are_not_utf_8(tmp_path):
    path = tmp_path / 'clip.mkv'
    with av.open(str(path), 'w') as container:
        container.metadata['title'] = 'Zürich, Zürich'
        stream = container.add_stream('libx264', rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuv420p'
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 48, 'yuv420p')))
        container.mux(stream.encode())
    name = 'Zürich'.encode()
    assert path.read_bytes().count(name) == 2
    path.write_bytes(path.read_bytes().replace(name, b'Z\xfc\xfcrich'))
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    reader = open_video(str(path), 'pyav')
    assert len(reader) == reader.count_decodable() == len(reader.read(range(10))) == 10
