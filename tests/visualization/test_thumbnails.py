"""Small moving pictures of videos."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from helpers import frame_of, write_clip
from tev_mmaction.visualization import thumbnails


def picture(uri):
    head, text = uri.split(',', 1)
    assert head == 'data:image/webp;base64'
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


def test_a_thumbnail_moves_as_the_video_does(tmp_path):
    clip = str(write_clip(tmp_path / 'clip.mp4', 50))
    shown = picture(thumbnails(clip)[0])
    frames = [np.array(f.convert('RGB')) for f in ImageSequence.Iterator(shown)]
    numbers = [frame_of(frame) for frame in frames]
    steps = np.diff(numbers)
    assert len(set(steps)) == 1 and len(numbers) == 17 and shown.size == (64, 48)
    seconds = shown.info['duration'] * len(frames) / 1000
    assert seconds == pytest.approx(50 / 25, abs=0.1) and shown.info['loop'] == 0
    assert shown.info['duration'] == round(1000 * steps[0] / 25)
    long = write_clip(tmp_path / 'long.mp4', 220, (200, 400))
    shown = picture(thumbnails(str(long))[0])
    numbers = [frame_of(np.array(f.convert('RGB'))) for f in ImageSequence.Iterator(shown)]
    assert len(numbers) == 32 and abs(numbers[0] + numbers[-1] - 219) <= 3  # the middle
    assert shown.size == (96, 192)


def test_one_frame(tmp_path):
    path = write_clip(tmp_path / 'one.mp4', 1)
    assert frame_of(np.array(picture(thumbnails(str(path))[0]).convert('RGB'))) == 0


def test_a_thumbnail_keeps_to_its_size(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (20, 192, 192, 3), dtype=np.uint8)
    path = str(write_clip(tmp_path / 'noise.mp4', 20, (192, 192), color=lambda i: noise[i]))
    free = sum(map(len, thumbnails(path, 10_000_000)))
    for limit in (200_000, 50_000, 10_000):
        assert sum(map(len, thumbnails(path, limit))) <= limit * 4 / 3 + 80 < free


def test_the_still_picture_is_the_first_frame(tmp_path):
    clip = str(write_clip(tmp_path / 'clip.mp4', 50))
    moving, still = map(picture, thumbnails(clip))
    assert moving.is_animated and not still.is_animated and still.size == moving.size
    moving.seek(0)
    assert frame_of(np.array(still.convert('RGB'))) == frame_of(np.array(moving.convert('RGB')))
