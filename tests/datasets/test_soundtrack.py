"""The sound of files of other containers and codecs, against the samples that were encoded."""

import fractions

import av
import numpy as np
import pytest

from tev_mmaction.datasets.readers import open_soundtrack

SECONDS, FPS = 4, 25


def noise(rate):
    """Below 2 kHz, which all codecs keep; within [-0.5, 0.5]."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.normal(size=rate * SECONDS))
    spectrum[np.fft.rfftfreq(rate * SECONDS, 1 / rate) > 2000] = 0
    wave = np.fft.irfft(spectrum)
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


def write(file, codec, rate, layout, form, block=1024):
    """A video whose channels all have the same sound; packets lie in the order of time."""
    wave, packets = noise(rate), []
    with av.open(str(file), 'w') as container:
        video = container.add_stream('mpeg4' if file.suffix != '.flv' else 'flv', rate=FPS)
        video.width, video.height, video.pix_fmt = 32, 32, 'yuv420p'
        sound = container.add_stream(codec, rate=rate, layout=layout, format=form)
        sound.codec_context.open()
        for _ in range(SECONDS * FPS):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format='rgb24')
            packets += video.encode(picture)
        packets += video.encode()
        block = sound.codec_context.frame_size or block
        channels = len(av.AudioLayout(layout).channels)
        convert = av.AudioResampler(format=form)
        for first in range(0, len(wave), block):
            piece = np.tile(wave[None, first : first + block], (channels, 1))
            frame = av.AudioFrame.from_ndarray(piece, format='fltp', layout=layout)
            frame.sample_rate, frame.pts = rate, first
            frame.time_base = fractions.Fraction(1, rate)
            for converted in convert.resample(frame):
                packets += sound.encode(converted)
        packets += sound.encode()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return wave


@pytest.mark.parametrize(
    'name, codec, rate, layout, form, block',
    [
        ('aac.mp4', 'aac', 44100, 'mono', 'fltp', 1024),
        ('aac.mkv', 'aac', 44100, 'mono', 'fltp', 1024),  # times in milliseconds
        ('aac48.mkv', 'aac', 48000, 'stereo', 'fltp', 1024),
        ('aac.flv', 'aac', 44100, 'mono', 'fltp', 1024),
        ('surround.mkv', 'ac3', 48000, '5.0(side)', 'fltp', 1024),
        ('stereo.mkv', 'flac', 44100, 'stereo', 's16', 4096),
        ('blocks.mkv', 'wavpack', 44100, 'mono', 's16p', 44100),  # packets of a second
        ('pcm.mkv', 'pcm_s16le', 44100, 'stereo', 's16', 44100),
        ('pcm.avi', 'pcm_s16le', 16000, 'stereo', 's16', 640),
    ],
)
def test_sound_is_the_mean_of_the_channels_without_gaps(
    tmp_path, name, codec, rate, layout, form, block
):
    wave = write(tmp_path / name, codec, rate, layout, form, block)
    track = open_soundtrack(str(tmp_path / name))
    assert track.rate == rate
    for start in (0.3, 1.1, 1.7, 2.9):
        found = track.read(start, start + 0.7).astype(np.float64)
        first = round(start * rate)
        around = wave[first - 3000 : first + len(found) + 3000].astype(np.float64)
        products = np.correlate(around, found, 'valid')
        place = int(products.argmax())
        wanted = around[place : place + len(found)]
        likeness = (found @ wanted) / np.sqrt((found @ found) * (wanted @ wanted))
        assert likeness > 0.99, (start, likeness)
        assert np.sqrt((found @ found) / (wanted @ wanted)) == pytest.approx(1, abs=0.05)
        unknown = 1024 if name.endswith('.flv') else 0  # the encoder's delay, not in the file
        assert abs(place - 3000) <= 0.002 * rate + 1 + unknown  # times are in milliseconds
