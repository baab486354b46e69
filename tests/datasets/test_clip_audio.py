"""The sound of real files, aligned with their frames."""

import pickle

import av
import numpy as np
import pytest

from helpers import build_dataset, dataset_cfg, write_clip
from served import served
from tev_mmaction.datasets.readers import VideoError, open_soundtrack
from tev_mmaction.datasets.transforms import ClipAudio

RATE, FPS = 16000, 25


def beeps(num_frames, at):
    """Silence with a short tone in the middle of one frame."""
    sound = np.zeros(num_frames * RATE // FPS, np.float32)
    middle = int((at + 0.5) * RATE / FPS)
    sound[middle - 160 : middle + 160] = np.sin(np.arange(320) * 0.6)
    return sound


@pytest.fixture(scope='module')
def sounding(tmp_path_factory):
    folder = tmp_path_factory.mktemp('sounding')
    for number in range(4):
        write_clip(folder / f'{number}.mp4', 60, sound=beeps(60, at=20 + 5 * number))
    lines = [f'{number}.mp4 0\n' for number in range(4)]
    (folder / 'train.txt').write_text(''.join(lines))
    return folder


def loudest_frame(spectrogram, clip_len=8):
    """Position in the clip, in frames, of the loudest step."""
    loudness = spectrogram.sum(axis=0)
    steps_a_frame = len(loudness) / clip_len
    return (np.flatnonzero(loudness > 0.9 * loudness.max()).mean() + 0.5) / steps_a_frame - 0.5


def with_sound(**arguments):
    steps = dataset_cfg('')['pipeline']
    steps.insert(2, dict(type='ClipAudio', duration=8 / FPS, **arguments))
    steps[-1] = dict(type='PackActionInputs', meta_keys=('audio', 'img_shape'))
    return steps


@pytest.mark.parametrize('speed, direction', [(1, 1), (1, -1), (4, 1), (4, -1)])
def test_the_sound_of_a_frame_is_heard_while_it_is_shown(sounding, speed, direction):
    sampler = dict(
        type='IndependentClipSampler',
        clip_len=8,
        speeds=(speed,),
        directions=(direction,),
        num_draws=6,
    )
    data = build_dataset(sounding, pipeline=with_sound(), clip_sampler=sampler, group_size=1)
    heard = 0
    for number in range(4):
        info = data[number]['data_samples'].metainfo
        assert info['audio'].shape == (6, 40, 32) and info['audio'].dtype == np.float32
        at = 20 + 5 * int(info['filename'][-5])
        for clip, spectrogram in zip(info['clips'], info['audio']):
            shown = clip.frame_indices()
            if shown.min() + speed < at < shown.max() - speed:
                wanted = np.interp(at, *(each[::direction] for each in (shown, np.arange(8))))
                assert loudest_frame(spectrogram) == pytest.approx(wanted, abs=0.4)
                heard += 1
    assert heard >= 3


def test_sound_of_the_original_beside_frames_of_a_copy(sounding, tmp_path):
    for number in range(4):
        write_clip(tmp_path / f'{number}.mp4', 60)
    (tmp_path / 'train.txt').write_text((sounding / 'train.txt').read_text())
    data = build_dataset(tmp_path, pipeline=with_sound(root=str(sounding)))
    there = build_dataset(sounding, pipeline=with_sound())
    pairs = zip(data.__getitems__([0, 1]), there.__getitems__([0, 1]))
    for copy, original in pairs:
        found, wanted = (each['data_samples'].metainfo['audio'] for each in (copy, original))
        np.testing.assert_array_equal(found, wanted)


def audio_of(data):
    return data[1]['data_samples'].metainfo['audio']


@pytest.mark.parametrize('root', [None, 'kept://all'])
def test_the_backend_of_the_dataset_or_its_own(sounding, tmp_path, kept, root):
    changes = dict(ann_file=str(sounding / 'train.txt'), group_size=1, test_mode=True)
    wanted = audio_of(build_dataset(sounding, pipeline=with_sound(), **changes))
    changes.update(
        data_root='',
        data_prefix=dict(video='kept://all'),
        backend_args=dict(folder=str(sounding)),
    )
    found = audio_of(build_dataset(sounding, pipeline=with_sound(root=root), **changes))
    np.testing.assert_array_equal(found, wanted)
    own = with_sound(root=root, backend_args=dict(folder=str(tmp_path)))
    with pytest.raises(VideoError, match=r'1\.mp4: .*No such file'):
        audio_of(build_dataset(sounding, pipeline=own, **changes))


def test_sound_of_a_server(sounding, tmp_path):
    """Names that a URL must encode."""
    write_clip(tmp_path / '1 #.mp4', 60, sound=beeps(60, at=30))
    results = dict(path='1 #.mp4', filename='none', total_frames=60, frame_inds=range(16))
    results.update(num_clips=1, clip_len=16, backend_args=None)
    wanted = ClipAudio(root=str(tmp_path)).transform(dict(results))['audio']
    with served(tmp_path) as url:
        found = ClipAudio(root=url).transform(dict(results))['audio']
    np.testing.assert_array_equal(found, wanted)


def test_a_video_without_sound_is_named(clips):
    data = build_dataset(clips, pipeline=with_sound(), test_mode=True)
    with pytest.raises(VideoError, match=r'\.mp4: has no sound that PyAV can decode'):
        data.__getitems__([0, 1])


def test_frames_are_timed_by_the_file(tmp_path):
    """Frames of a variable rate, and a copy with fewer frames than packets."""
    file = tmp_path / 'variable.mp4'
    shown = [0, 40, 80, 200, 240, 400]  # milliseconds
    with av.open(str(file), 'w') as container:
        stream = container.add_stream('libx264', rate=1000)
        stream.width = stream.height = 32
        voice = container.add_stream('aac', rate=RATE, layout='mono')
        for time in shown:
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format='rgb24')
            frame.pts = time
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        samples = av.AudioFrame.from_ndarray(np.zeros((1, RATE // 2), np.float32), 'fltp', 'mono')
        samples.sample_rate, samples.pts = RATE, 0
        container.mux(voice.encode(samples))
        container.mux(voice.encode())
    track = open_soundtrack(str(file))
    np.testing.assert_allclose(track.frame_times(6), np.array(shown) / 1000, atol=1e-6)
    np.testing.assert_allclose(track.frame_times(3), [0, 0.2, 0.4], atol=1e-6)


def test_a_piece_is_the_same_however_it_is_reached(sounding):
    """Decoding begins in the middle of a compressed stream."""
    track = open_soundtrack(str(sounding / '0.mp4'))
    whole = track.read(0, 60 / FPS)
    np.testing.assert_allclose(track.read(1.2, 1.6), whole[19200:25600], atol=1e-4)
    assert not track.read(-1, -0.5).any() and not track.read(9, 9.5).any()


def test_no_sound_at_all_and_no_file(tmp_path):
    with pytest.raises(VideoError, match='does not exist'):
        open_soundtrack(str(tmp_path / 'none.mp4'))
    (tmp_path / 'text.mp4').write_text('no video')
    with pytest.raises(VideoError, match='its sound cannot be read by PyAV'):
        open_soundtrack(str(tmp_path / 'text.mp4'))


@pytest.mark.parametrize('name', ['duration', 'rate', 'num_mels', 'hop'])
def test_arguments_are_checked_and_the_transform_travels_to_workers(name):
    with pytest.raises(ValueError, match=f'{name}=0'):
        ClipAudio(**{name: 0})
    for hop in (1e-6, 1.0):
        with pytest.raises(ValueError, match='hop='):
            ClipAudio(hop=hop)
    assert repr(pickle.loads(pickle.dumps(ClipAudio()))) == repr(ClipAudio())
