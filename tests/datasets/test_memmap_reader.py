import io

import numpy as np
import pytest

from tev_mmaction.datasets.readers import VideoError, open_video
from tev_mmaction.datasets.readers.memmap_reader import MAGIC, MemmapReader, MemmapWriter


@pytest.fixture
def frames(rng):
    return rng.integers(0, 256, (7, 12, 20, 3), dtype=np.uint8)


@pytest.fixture
def path(tmp_path, frames):
    """Raw frames under a name that promises something else."""
    path = tmp_path / 'clip.mp4'
    with open(path, 'wb') as file:
        writer = MemmapWriter(file, (20, 12), 29.97)
        for frame in frames:
            writer.write(frame)
        writer.close()
    return path


@pytest.mark.parametrize('decoder', ['auto', 'pyav', 'decord'])
def test_frames_are_read_as_they_were_written(path, frames, decoder):
    reader = open_video(str(path), decoder)
    assert isinstance(reader, MemmapReader)
    assert (len(reader), reader.size, reader.fps) == (7, (20, 12), 29.97)
    assert np.array_equal(reader.read(range(7)), frames)
    assert np.array_equal(reader.read([1, 5]), frames[[1, 5]])
    assert reader.count_decodable() == 7
    assert path.stat().st_size == 64 + frames.size


def test_frames_belong_to_the_caller(path, frames):
    reader = open_video(str(path))
    (frame,) = reader.frames([2])
    frame[:] = 0  # transforms write into frames
    assert np.array_equal(reader.read([2])[0], frames[2])


def test_indices_are_checked_as_of_any_video(path):
    with pytest.raises(VideoError, match='frame 7 was asked for'):
        open_video(str(path)).read([7])
    with pytest.raises(ValueError, match='ascending'):
        open_video(str(path)).read([3, 2])


@pytest.mark.parametrize('change', [-1, 1, -500])
def test_a_file_of_another_length_is_refused(path, change):
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + bytes(change))
    with pytest.raises(VideoError, match=r'bytes instead of.*cache_videos\.py') as error:
        open_video(str(path))
    assert error.value.filename == str(path)


@pytest.mark.parametrize('position', [8, 12, 20, 25, 37])
def test_a_damaged_header_is_refused(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(VideoError, match='header'):
        open_video(str(path))


def test_a_header_without_an_end_is_refused(path):
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(VideoError, match='header'):
        open_video(str(path))


def test_a_file_that_was_not_completed_is_no_video(tmp_path, frames):
    path = tmp_path / 'clip.mp4'
    with open(path, 'wb') as file:
        MemmapWriter(file, (20, 12), 25.0).write(frames[0])
    with pytest.raises(VideoError):
        open_video(str(path))


def test_damaged_frames_are_found_when_all_are_counted(path):
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.raises(VideoError, match='other frames than were written'):
        open_video(str(path)).count_decodable()


def test_other_backends_than_local_disks_are_refused(path, petrel_like):
    assert path.read_bytes().startswith(MAGIC)
    with pytest.raises(VideoError, match='local disks alone: copy the video cache'):
        open_video(str(path), backend_args=dict(backend='petrel_like'))
    with pytest.raises(VideoError, match='local disks'):
        MemmapReader(io.BytesIO(path.read_bytes()), 'clip')
