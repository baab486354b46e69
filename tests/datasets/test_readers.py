import av
import numpy as np
import pytest

from helpers import frame_of, write_clip
from tev_mmaction.datasets.readers import VideoError, open_video, opener, resolve_decoder

BACKENDS = ['pyav', 'decord']
CODECS = [
    ('libx264', 'mp4', dict(g='12')),
    ('libx264', 'mp4', dict(g='250')),
    ('libx264', 'mkv', dict(bf='3')),
    ('mpeg4', 'avi', {}),
    ('mjpeg', 'avi', {}),
    ('libvpx-vp9', 'webm', {}),
]


@pytest.fixture(params=BACKENDS)
def decoder(request):
    pytest.importorskip({'pyav': 'av'}.get(request.param, request.param))
    return request.param


def sequential(path):
    """All frames, read from the first to the last with plain PyAV."""
    with av.open(str(path)) as container:
        return np.stack([f.to_ndarray(format='rgb24') for f in container.decode(video=0)])


@pytest.mark.parametrize('codec, ending, options', CODECS)
def test_reads_the_frames_asked_for(tmp_path, decoder, codec, ending, options):
    path = write_clip(
        tmp_path / f'clip.{ending}', 60, codec=codec, **({} if codec == 'mjpeg' else options)
    )
    reader = open_video(str(path), decoder)
    assert len(reader) == 60 and reader.size == (64, 48) and reader.fps == 25
    for indices in ([0], [59], [3, 4, 31, 58], range(60), range(1, 60, 8)):
        frames = reader.read(list(indices))
        assert frames.dtype == np.uint8 and frames.shape == (len(indices), 48, 64, 3)
        assert [frame_of(frame) for frame in frames] == list(indices)
    assert reader.count_decodable() == 60


def test_equals_a_sequential_read_of_real_clips(real_clips, decoder):
    paths = [
        *sorted((real_clips / 'ucf101').iterdir())[:3],
        *sorted((real_clips / 'gestures').iterdir())[:3],
    ]
    for path in paths:
        reference = sequential(path)
        reader = open_video(str(path), decoder)
        assert len(reader) == len(reference)
        indices = np.arange(5, len(reference), 7)
        frames = reader.read(indices)
        # decord brings a decoder of its own, whose inverse DCT rounds otherwise
        limit = 0 if decoder == 'pyav' else 2
        assert np.abs(frames.astype(int) - reference[indices]).max() <= limit


@pytest.mark.parametrize('indices', [[], [-1], [3, 3], [4, 2]])
def test_other_than_ascending_indices_are_refused(clips, decoder, indices):
    reader = open_video(str(next(clips.rglob('*.mp4'))), decoder)
    with pytest.raises(ValueError, match='ascending'):
        reader.read(indices)


def test_a_frame_past_the_end_is_an_error_of_the_video(clips, decoder):
    path = str(next(clips.rglob('*.mp4')))
    with pytest.raises(VideoError, match='frame 500 was asked for'):
        open_video(path, decoder).read([0, 500])


def bad_files(folder):
    (folder / 'empty.mp4').write_bytes(b'')
    (folder / 'text.mp4').write_text('not a video')
    (folder / 'folder.mp4').mkdir()
    # with `faststart` the file's index stands at its front, and says there are 60 frames
    whole = write_clip(folder / 'whole.mp4', 60, container_options=dict(movflags='faststart'))
    (folder / 'truncated.mp4').write_bytes(whole.read_bytes()[: whole.stat().st_size * 8 // 10])
    return {
        'missing.mp4': 'does not exist',
        'empty.mp4': 'is empty',
        'text.mp4': 'opened',
        'folder.mp4': 'is a folder',
        'truncated.mp4': '(opened|decoded) by|ends early',
    }


def test_bad_files_give_one_clear_error(tmp_path, decoder):
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(VideoError, match=reason) as error:
            reader = open_video(str(tmp_path / name), decoder)
            reader.read(range(len(reader)))
        assert error.value.filename == str(tmp_path / name)
        assert '\n' not in error.value.reason


def test_real_bad_files(real_clips, decoder):
    """Those that hold no decodable video raise VideoError, the others are read."""
    opened = set()
    for path in sorted((real_clips / 'bad').iterdir()):
        try:
            reader = open_video(str(path), decoder)
            assert len(reader.read(range(len(reader)))) == len(reader)
            opened.add(path.name)
        except VideoError as error:
            assert path.name in str(error)
    expected = {
        'h264_10bits.mp4',
        'made_1frame.avi',
        'part_0.mp4',
        'testvideo_square_2.mp4',
        'video_0.mov',
        'video_270.mov',
    }
    assert opened == (
        expected | {'av1_video.mkv', '00000002.jpg'} if decoder == 'pyav' else expected
    )


def test_rotation_is_applied_alike(real_clips):
    frames = {
        d: open_video(str(real_clips / 'bad' / 'video_270.mov'), d).read([0, 1]) for d in BACKENDS
    }
    assert frames['pyav'].shape == (2, 568, 320, 3)
    assert np.array_equal(frames['pyav'], frames['decord'])
    assert open_video(str(real_clips / 'bad' / 'video_270.mov'), 'pyav').size == (320, 568)


def test_bytes_of_other_file_backends(clips, decoder, petrel_like):
    path = next(clips.rglob('*.mp4'))
    reader = open_video(str(path), decoder, dict(backend='petrel_like'))
    assert [frame_of(f) for f in reader.read([2, 9])] == [2, 9]


def test_unknown_or_missing_decoders(monkeypatch):
    with pytest.raises(ValueError, match="'ffmpeg'"):
        resolve_decoder('ffmpeg')
    assert resolve_decoder('auto') == 'pyav'
    monkeypatch.setattr(opener, 'find_spec', lambda name: name == 'decord' or None)
    assert resolve_decoder('auto') == 'decord'
    monkeypatch.setattr(opener, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match='pip install'):
        resolve_decoder('auto')


def test_a_trimmed_file_has_the_frames_that_players_show(tmp_path):
    """A stream copy from amid a group of pictures starts with frames that are not shown."""
    whole = write_clip(tmp_path / 'whole.mp4', 90, g='30', bf='0')
    trimmed = tmp_path / 'trimmed.mp4'
    with av.open(str(whole)) as source, av.open(str(trimmed), 'w') as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        late = int(0.6 / source.streams.video[0].time_base)  # 15 frames after the start
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts, packet.dts = packet.pts - late, packet.dts - late
                packet.stream = stream
                target.mux(packet)
    shown = sequential(trimmed)
    assert frame_of(shown[0]) == 15 and len(shown) == 75
    reader = open_video(str(trimmed), 'pyav')
    assert len(reader) == reader.count_decodable() == 75
    assert np.array_equal(reader.read([0, 74]), shown[[0, 74]])


def test_an_unknown_codec_is_an_error_of_the_video(tmp_path, decoder):
    path = write_clip(tmp_path / 'clip.mp4', 20)
    path.write_bytes(path.read_bytes().replace(b'avc1', b'zzzz'))
    with pytest.raises(VideoError):
        open_video(str(path), decoder).read([0])
