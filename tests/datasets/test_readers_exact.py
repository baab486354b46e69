"""Frames are bit for bit those of a sequential read, however little of the file is decoded."""

from unittest.mock import patch

import av
import numpy as np
import pytest

from coded_clips import (
    NUM_FRAMES,
    OPEN_GOP,
    b_packed,
    remux,
    sequential,
    shifted,
    shown_as_decoded,
    write_coded,
)
from tev_mmaction.datasets.readers import coded_video, open_video, planned_reader, pyav_reader

# File, codec, options, and whether it is told from the packets what must be decoded.
CODED = [
    ('g12.mp4', 'libx264', dict(g=12), True),
    ('g250.mp4', 'libx264', dict(g=250), True),
    ('open.mp4', 'libx264', OPEN_GOP, True),
    ('no_b.mp4', 'libx264', dict(g=12, bf=0), True),
    ('pyramid.mp4', 'libx264', dict(g=40, bf=8), True),
    ('baseline.mp4', 'libx264', dict(g=20, profile='baseline'), True),
    ('10_bit.mp4', 'libx264', dict(g=12, pixels='yuv420p10le'), True),
    ('slices.mp4', 'libx264', {'x264-params': 'slices=3:keyint=12'}, True),
    ('matrices.mp4', 'libx264', {'x264-params': 'cqm=jvt:keyint=12'}, True),
    ('repeated.mp4', 'libx264', {'x264-params': 'repeat-headers=1:keyint=12'}, True),
    ('refresh.mp4', 'libx264', {'x264-params': 'intra-refresh=1:keyint=12'}, True),
    ('intra.mp4', 'libx264', dict(g=1), True),
    ('fragments.mp4', 'libx264', dict(g=12, movflags='frag_keyframe+empty_moov'), True),
    ('vfr.mp4', 'libx264', dict(g=12, times=[3 * i + i % 3 for i in range(NUM_FRAMES)]), True),
    ('h264.mkv', 'libx264', dict(g=12), True),
    ('open.ts', 'libx264', OPEN_GOP, True),
    ('fields.mp4', 'libx264', {'x264-params': 'interlaced=1:keyint=12'}, False),
    ('raw.h264', 'libx264', dict(g=12), False),
    ('h264.avi', 'libx264', dict(g=12), False),
    ('hevc.mp4', 'libx265', {'x265-params': 'keyint=12:log-level=none'}, False),
    ('mpeg4.avi', 'mpeg4', dict(g=12), True),
    ('mpeg4_b.avi', 'mpeg4', dict(g=12, bf=2), True),
    ('mpeg4.mp4', 'mpeg4', dict(g=12, bf=2), True),
    ('mpeg4.ts', 'mpeg4', dict(g=12, bf=2), True),
    ('raw.m4v', 'mpeg4', dict(g=12, fmt='m4v'), True),
    ('quarter.avi', 'mpeg4', dict(g=12, bf=1, flags='+qpel+mv4', qmax=4), True),
    ('mpeg2.mpg', 'mpeg2video', dict(g=12, bf=2), False),
    ('mpeg2.ts', 'mpeg2video', dict(g=12, bf=2), False),
    ('vp9.webm', 'libvpx-vp9', dict(g=12, deadline='realtime', **{'cpu-used': 8}), True),
    ('vp8.webm', 'libvpx', {'g': 30, 'auto-alt-ref': 1, 'lag-in-frames': 16}, True),
    ('vp9_hidden.webm', 'libvpx-vp9', {'g': 30, 'auto-alt-ref': 1, 'lag-in-frames': 16}, True),
    ('av1.mkv', 'libsvtav1', dict(g=12, preset=12), False),
    ('mjpeg.avi', 'mjpeg', dict(pixels='yuvj420p'), True),
    ('prores.mov', 'prores', dict(pixels='yuv422p10le'), True),
    ('ffv1.mkv', 'ffv1', dict(g=12), False),
    ('wmv2.wmv', 'wmv2', dict(g=12), False),
]


def assert_exact(path, is_foreseen, reads=8):
    """Compare reads of single frames, clips and random frames with a sequential read.

    They are compared in both ways to read, whichever would be the quicker.
    """
    frames = sequential(path)
    for many_packets in (0, 10**6):
        with patch.object(planned_reader, '_MANY_PACKETS', many_packets):
            compare_reads(path, frames, is_foreseen, is_foreseen and not many_packets, reads)


def compare_reads(path, frames, is_foreseen, is_planned, reads):
    """Read by one reader again and again, and by new ones."""
    reader = open_video(str(path), 'pyav')
    assert len(reader) == len(frames) == reader.count_decodable()
    assert ((reader._table or reader._index) is not None) == is_foreseen
    assert reader.size == frames[0].shape[1::-1]
    rng = np.random.default_rng(0)
    last = len(frames) - 1
    for indices in [range(len(frames)), [last], [0, last], range(last % 4, last + 1, 4)] + [
        np.sort(rng.choice(len(frames), min(number + 1, len(frames)), replace=False))
        for number in range(reads)
    ]:
        for each in (reader, open_video(str(path), 'pyav')):  # used before, and fresh
            clip = each.read(list(indices))
            assert all(np.array_equal(a, frames[i]) for a, i in zip(clip, indices)), indices
            assert len(clip) == len(indices)
            if is_planned:
                assert (each._table or each._index) is not None


@pytest.mark.parametrize('name, codec, options, is_foreseen', CODED, ids=[c[0] for c in CODED])
def test_generated_clips(tmp_path, name, codec, options, is_foreseen):
    if codec not in av.codecs_available:
        pytest.skip(f'no encoder {codec} here')
    assert_exact(write_coded(tmp_path / name, codec, **dict(options)), is_foreseen)


@pytest.mark.parametrize('options', [dict(g=30), dict(g=30, bf=0), OPEN_GOP])
def test_rewritten_time_stamps(tmp_path, options):
    """Trimmed, late, negative, missing or wrong: the pictures are what counts."""
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', **options)
    trimmed = remux(whole, tmp_path / 'trimmed.mp4', shifted(-0.6))
    assert_exact(trimmed, options is not OPEN_GOP)  # whose first pictures lack their references
    assert len(open_video(str(trimmed), 'pyav')) == NUM_FRAMES - 15
    assert_exact(remux(whole, tmp_path / 'late.mp4', shifted(0.6)), True)
    negative = dict(avoid_negative_ts='disabled')
    assert_exact(remux(whole, tmp_path / 'negative.mkv', shifted(-0.6), **negative), False)
    disordered = remux(whole, tmp_path / 'disordered.mkv', shown_as_decoded)
    assert_exact(disordered, 'bf' in options)


def without_a_reference(packets):
    return packets[:13] + packets[14:]


def two_times_exchanged(packets):
    packets[5].pts, packets[6].pts = packets[6].pts, packets[5].pts
    return packets


@pytest.mark.parametrize('change', [without_a_reference, two_times_exchanged])
def test_what_flags_and_time_stamps_do_not_tell(tmp_path, change):
    """A reader that skips packets by these alone gives other frames, and no error."""
    whole = write_coded(tmp_path / 'whole.mp4', 'libx264', g=30)
    assert_exact(remux(whole, tmp_path / 'clip.mkv', change), False, reads=2)


def test_packed_b_pictures(tmp_path):
    source = write_coded(tmp_path / 'b.avi', 'mpeg4', g=12, bf=2)
    packed = remux(source, tmp_path / 'packed.avi', b_packed)
    plain, frames = sequential(source), sequential(packed)
    # a last picture that no packet follows stays in the decoder
    assert len(plain) - 1 <= len(frames) and np.array_equal(frames[:-1], plain[: len(frames) - 1])
    assert_exact(packed, True)
    cut = remux(packed, tmp_path / 'cut.avi', lambda packets: packets[:-1])
    assert_exact(cut, True)


def test_layers_of_divx(tmp_path):
    """From the second key frame on, it writes another header."""

    def change(packets):
        for number, packet in enumerate(packets):
            data = bytearray(packet)
            place = data.find(b'\0\0\1\x20')
            if number and place >= 0:
                data[place + 4] ^= 128
                packet.update(bytes(data))
            yield packet

    source = write_coded(tmp_path / 'source.avi', 'mpeg4', g=12, bf=2)
    assert_exact(remux(source, tmp_path / 'clip.avi', change), True)


def test_all_real_clips(real_clips):
    for folder in ('ucf101', 'gestures', 'weizmann'):
        for path in sorted((real_clips / folder).iterdir())[::5]:
            assert_exact(path, True, reads=1)
    for name in ('h264_10bits.mp4', 'part_0.mp4', 'testvideo_square_2.mp4', 'video_0.mov'):
        assert_exact(real_clips / 'bad' / name, True)
    assert_exact(real_clips / 'bad' / 'av1_video.mkv', False, reads=1)


def count_decoded(monkeypatch, path, indices):
    decoded = []
    packets_of = planned_reader.PlannedReader._packets_of
    monkeypatch.setattr(
        planned_reader.PlannedReader,
        '_packets_of',
        lambda self, pictures: decoded.extend(pictures) or packets_of(self, pictures),
    )
    open_video(str(path), 'pyav').read(indices)
    return len(decoded)


def test_no_more_than_needed_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(planned_reader, '_MANY_PACKETS', 0)
    closed = write_coded(tmp_path / 'closed.mp4', 'libx264', g=12, bf=0, sc_threshold=0)
    # the first picture, and those from the keyframe at 48 on
    assert count_decoded(monkeypatch, closed, [50]) == 1 + 3
    pyramid = write_coded(tmp_path / 'b.mp4', 'libx264', g=250, bf=3)
    assert count_decoded(monkeypatch, pyramid, [59]) < NUM_FRAMES * 2 // 3
    intra = write_coded(tmp_path / 'mjpeg.mkv', 'mjpeg', pixels='yuvj420p')
    assert count_decoded(monkeypatch, intra, [7, 50]) == 2


def test_large_files_are_read_twice_instead_of_held(tmp_path, monkeypatch):
    monkeypatch.setattr(coded_video, '_MAX_BYTES_HELD', 1000)
    path = write_coded(tmp_path / 'clip.mp4', 'libx264', g=12)
    assert open_video(str(path), 'pyav')._video.held is None
    assert_exact(path, True, reads=2)
    assert_exact(write_coded(tmp_path / 'clip.mpg', 'mpeg2video', g=12), False, reads=2)


def test_short_videos_are_read_in_sequence_where_that_is_as_quick(tmp_path):
    long_groups = write_coded(tmp_path / 'long.mp4', 'libx264', g=250, sc_threshold=0)
    short_groups = write_coded(tmp_path / 'short.mp4', 'libx264', g=12)
    for path, indices, pays in [
        (long_groups, [3, 58], False),
        (short_groups, range(0, 60, 2), False),
        (short_groups, [58, 59], True),
    ]:
        reader = open_video(str(path), 'pyav')
        reader.read(list(indices))
        assert reader._is_scanned == pays


@pytest.mark.parametrize(
    'name, codec, options',
    [
        ('b.mp4', 'libx264', dict(g=12, bf=3)),
        ('mjpeg.avi', 'mjpeg', dict(pixels='yuvj420p')),
        ('mpeg2.mpg', 'mpeg2video', dict(g=12, bf=2)),
    ],
)
def test_the_plain_reader_gives_the_same(tmp_path, monkeypatch, name, codec, options):
    path = write_coded(tmp_path / name, codec, **options)
    planned, frames = open_video(str(path), 'pyav'), sequential(path)
    facts = (planned.count_decodable(), planned.fps, planned.size, planned.note)
    for part in ('PacketScan', 'JpegIndex'):
        monkeypatch.setattr(planned_reader, part, None)  # it does without them
    plain = open_video(str(path), 'pyav-plain')
    assert type(plain) is pyav_reader.PyAVReader and plain.may_have(61)
    for indices in ([3, 17, 58], [59]):
        np.testing.assert_array_equal(plain.read(indices), [frames[i] for i in indices])
    assert (plain.count_decodable(), plain.fps, plain.size, plain.note) == facts
    assert len(plain) == 60 and not plain.may_have(61)


def test_a_known_length_is_checked_without_decoding(tmp_path, monkeypatch):
    monkeypatch.setattr(pyav_reader.PyAVReader, '_decode', None)
    foreseen = open_video(str(write_coded(tmp_path / 'clip.mp4', 'libx264', g=12)), 'pyav')
    assert foreseen.may_have(60) and not foreseen.may_have(61)
    other = open_video(str(write_coded(tmp_path / 'clip.mpg', 'mpeg2video', g=12)), 'pyav')
    assert other.may_have(60) and other.may_have(61)  # what is not known is found in reading
