"""A bad file gives the right frames or a VideoError, never wrong frames. Decoder: PyAV."""

import io

import av
import numpy as np
import pytest

from coded_clips import NUM_FRAMES, b_packed, remux, sequential, texture, write_coded
from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.readers.planned_reader import PlannedReader


def frames_or_errors(path, truth):
    """Read frame by frame; each is that of the truth, or a VideoError. Returns which are read."""
    reader, right = open_video(str(path), 'pyav'), []
    for index in range(len(truth)):
        try:
            frame = reader.read([index])[0]
        except VideoError:
            continue
        assert np.array_equal(frame, truth[index]), index
        right.append(index)
    return right


@pytest.mark.parametrize(
    'name, codec, options',
    [
        ('front.mp4', 'libx264', dict(g=12, movflags='faststart')),
        ('clip.avi', 'mpeg4', dict(g=12, bf=2, qmax=2)),
        ('mjpeg.avi', 'mjpeg', dict(pixels='yuvj420p', qmax=2)),
    ],
)
def test_a_stream_that_ends_early(tmp_path, name, codec, options):
    path = write_coded(tmp_path / name, codec, **options)
    truth, whole = sequential(path), path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    right = frames_or_errors(path, truth)
    assert right[:10] == list(range(10)) and len(right) < NUM_FRAMES
    for ask in (
        len,
        lambda reader: reader.count_decodable(),
        lambda reader: reader.read([0, NUM_FRAMES - 1]),
    ):
        with pytest.raises(VideoError, match='ends early|damaged|decoded'):
            ask(open_video(str(path), 'pyav'))


@pytest.mark.parametrize('claimed', [20, 100])
def test_a_header_that_lies_about_the_length(tmp_path, claimed):
    path = write_coded(tmp_path / 'clip.avi', 'mpeg4', g=12)
    truth, data = sequential(path), bytearray(path.read_bytes())
    place = data.find(b'strh') + 8 + 32  # dwLength of the stream's header
    assert int.from_bytes(data[place : place + 4], 'little') == NUM_FRAMES
    data[place : place + 4] = claimed.to_bytes(4, 'little')
    path.write_bytes(data)
    reader = open_video(str(path), 'pyav')
    assert len(reader) == reader.count_decodable() == NUM_FRAMES
    assert ('header counts 100 packets, 60 are there' in reader.note) == (claimed > NUM_FRAMES)
    assert frames_or_errors(path, truth) == list(range(NUM_FRAMES))


def test_a_size_that_changes_midway(tmp_path):
    parts = [
        write_coded(tmp_path / f'{width}.h264', 'libx264', size=(width, 48), g=12)
        for width in (64, 96)
    ]
    (tmp_path / 'both.h264').write_bytes(b''.join(part.read_bytes() for part in parts))
    with av.open(str(tmp_path / 'both.h264')) as old:
        source = [packet for packet in old.demux(video=0) if packet.size]
        with av.open(str(tmp_path / 'both.ts'), 'w') as new:
            stream = new.add_stream_from_template(old.streams.video[0])
            for number, packet in enumerate(source):
                packet.pts = packet.dts = 3600 * number
                packet.time_base, packet.stream = stream.time_base, stream
                new.mux(packet)
    for path in (tmp_path / 'both.h264', tmp_path / 'both.ts'):
        truth = sequential(path)
        assert {frame.shape[1] for frame in truth} == {64, 96}
        reader = open_video(str(path), 'pyav')
        assert frames_or_errors(path, truth) == list(range(len(truth)))
        with pytest.raises(VideoError, match='changes its frame size'):
            reader.read([0, len(truth) - 1])


def test_files_without_time_stamps(tmp_path):
    for name, codec, fmt in (('raw.h264', 'libx264', 'h264'), ('raw.m4v', 'mpeg4', 'm4v')):
        path = write_coded(tmp_path / name, codec, fmt=fmt, g=12)
        truth = sequential(path)
        assert len(truth) == NUM_FRAMES
        assert frames_or_errors(path, truth) == list(range(NUM_FRAMES))


def test_the_default_of_several_video_streams(tmp_path):
    with av.open(str(tmp_path / 'two.mkv'), 'w') as container:
        streams = [container.add_stream('libx264', rate=25) for _ in range(2)]
        for stream, width in zip(streams, (64, 96)):
            stream.width, stream.height, stream.pix_fmt = width, 48, 'yuv420p'
            stream.disposition = av.stream.Disposition.default if width == 96 else 0
        for index in range(20):
            for stream, width in zip(streams, (64, 96)):
                frame = av.VideoFrame.from_ndarray(texture(index, width, 48), format='rgb24')
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    reader = open_video(str(tmp_path / 'two.mkv'), 'pyav')
    assert reader.size == (96, 48) and len(reader) == 20
    assert reader.read([19]).shape == (1, 48, 96, 3)


def test_a_cover_picture_is_no_video(tmp_path):
    path = tmp_path / 'song.mp4'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mjpeg', rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, 'yuvj420p'
        stream.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(texture(0, 64, 48), format='rgb24')
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(VideoError, match='no video stream'):
        open_video(str(path), 'pyav')


class Pipe:
    """A source that can be read once, from its start."""

    def __init__(self, path):
        self._file = io.BytesIO(path.read_bytes())

    def read(self, size):
        return self._file.read(size)


@pytest.mark.parametrize('name', ['clip.ts', 'clip.mkv', 'clip.mpg'])
def test_a_source_that_cannot_seek(tmp_path, name):
    codec = 'mpeg2video' if name == 'clip.mpg' else 'libx264'
    path = write_coded(tmp_path / name, codec, g=12)
    truth, reader = sequential(path), PlannedReader(Pipe(path), name)
    assert len(reader) == NUM_FRAMES
    for indices in ([40, 59], [3], [0, 59]):
        assert np.array_equal(reader.read(indices), [truth[i] for i in indices])


def test_frames_before_the_first_keyframe_do_not_count(tmp_path):
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', g=12)
    late = remux(whole, tmp_path / 'late.mkv', lambda packets: packets[5:])
    truth = sequential(late)
    assert len(truth) < NUM_FRAMES - 5
    assert frames_or_errors(late, truth) == list(range(len(truth)))
    assert open_video(str(late), 'pyav').count_decodable() == len(truth)


@pytest.mark.parametrize('lost', [25, 26, 27])
def test_lost_packets(tmp_path, lost):
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', g=30, bf=2)
    path = remux(whole, tmp_path / 'lost.mp4', lambda packets: packets[:lost] + packets[lost + 1 :])
    frames_or_errors(path, sequential(path))


def damaged(path, rng):
    """Overwrite some bytes amid a file's packets."""
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size > 60]
    data = bytearray(path.read_bytes())
    packet = packets[rng.integers(1, len(packets))]
    # Transport streams cut packets into pieces: look for some bytes of it.
    start = data.find(packet[20:40])
    data[start : start + 20] = rng.bytes(20)
    broken = path.with_name(f'broken_{path.name}')
    broken.write_bytes(data)
    return broken


@pytest.mark.parametrize('name', ['clip.mp4', 'clip.mkv', 'clip.ts', 'clip.avi', 'packed.avi'])
def test_damaged_files_that_decode_to_their_end_are_read_exactly(tmp_path, name):
    """What indexing accepts gives the frames of a sequential read, and its pixels are its own."""
    if name.endswith('avi'):
        path = write_coded(tmp_path / 'clip.avi', 'mpeg4', g=12, bf=2)
        path = remux(path, tmp_path / name, b_packed) if name == 'packed.avi' else path
    else:
        path = write_coded(tmp_path / name, 'libx264', g=12)
    rng, rejected = np.random.default_rng(0), 0
    for _ in range(20):
        broken = damaged(path, rng)
        try:
            reader = open_video(str(broken), 'pyav')
            if reader.count_decodable() < len(reader):
                raise VideoError(str(broken), 'ends early')
        except VideoError:
            rejected += 1
            continue
        truth = sequential(broken)
        for indices in ([20, 41], range(3, len(truth), 7)):
            clip = open_video(str(broken), 'pyav').read(list(indices))
            assert all(np.array_equal(a, truth[i]) for a, i in zip(clip, indices))
    assert rejected


def test_damage_reaches_to_the_next_keyframe(tmp_path):
    path = write_coded(tmp_path / 'clip.avi', 'mpeg4', g=12)
    truth = sequential(path)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    until = next(key for key in keys if key > 14)
    data = bytearray(path.read_bytes())
    place = data.find(bytes(packets[14]))
    data[place + 30 : place + 60] = b'\xff' * 30
    path.write_bytes(data)
    reader = open_video(str(path), 'pyav')
    assert frames_or_errors(path, truth) == [*range(14), *range(until, NUM_FRAMES)]
    with pytest.raises(VideoError, match='damaged'):
        reader.read([until - 1])
    with pytest.raises(VideoError, match='damaged'):
        reader.count_decodable()


def test_frames_are_counted_where_another_order_comes_out(tmp_path):
    path = write_coded(tmp_path / 'clip.mp4', 'libx264', g=12)
    truth = sequential(path)
    for places, indices in (((3, 4), (3, 4, 20)), ((6, 7), (3, 6, 7))):  # frame 3 is handed over
        reader = open_video(str(path), 'pyav')
        order = reader._picture_table()._by_rank
        order[list(places)] = order[list(places[::-1])]  # a wrong foresight
        assert np.array_equal(reader.read(indices), [truth[i] for i in indices])
        assert reader._table is None


def test_passes_do_not_disturb_each_other(tmp_path):
    path = write_coded(tmp_path / 'clip.mp4', 'libx264', g=12)
    truth, reader = sequential(path), open_video(str(path), 'pyav')
    first = reader.frames([0, 20])
    assert np.array_equal(next(first), truth[0])
    assert np.array_equal(reader.read([5, 55]), [truth[5], truth[55]])
    assert np.array_equal(next(first), truth[20])


def test_files_are_closed_at_once(tmp_path):
    path = write_coded(tmp_path / 'clip.mp4', 'libx264', g=12)
    source = io.BytesIO(path.read_bytes())
    reader = PlannedReader(source, 'clip.mp4')
    source.close()
    assert len(reader.read([5, 50])) == 2


@pytest.mark.parametrize('decoder', ['pyav', 'decord'])
@pytest.mark.parametrize(
    'name', ['12:30.mp4', 'file:a.mp4', '-rf 100%03d.mp4', 'a:b/c.mp4', '[1]?']
)
def test_names_that_look_like_something_else(tmp_path, monkeypatch, decoder, name):
    """As given from the folder that they are in: FFmpeg would take some for protocols."""
    pytest.importorskip('av' if decoder == 'pyav' else decoder)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    plain = write_coded(tmp_path / 'plain.mp4', 'libx264', g=12)
    path.write_bytes(plain.read_bytes())
    monkeypatch.chdir(tmp_path)
    frames = open_video(str(plain), decoder).read([0, 3])
    assert np.array_equal(open_video(name, decoder).read([0, 3]), frames)
