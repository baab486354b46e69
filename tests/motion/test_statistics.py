import cv2
import numpy as np
import pytest

from tev_mmaction.motion import GROUPS, MotionTracks, Track, measure, mirror, reverse

SIZE = 48


def textured(size, seed):
    noise = np.random.default_rng(seed).integers(0, 255, (size // 5, size // 5), np.uint8)
    return cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)


def moving(path, angles=None):
    """A textured disc on another texture, at positions (T, 2) in pixels, turned by angles."""
    background, sprite = textured(SIZE, 0) // 3, 80 + textured(24, 1) // 2
    disc = cv2.circle(np.zeros((24, 24), np.uint8), (12, 12), 11, 1, -1)
    frames = []
    for number, (x, y) in enumerate(path):
        angle = 0 if angles is None else angles[number]
        turn = cv2.getRotationMatrix2D((11.5, 11.5), -angle, 1)  # clockwise as seen
        turn[:, 2] += (x - 11.5, y - 11.5)
        placed, mask = (cv2.warpAffine(part, turn, (SIZE, SIZE)) for part in (sprite, disc))
        frames.append(np.where(mask[..., None] > 0, placed[..., None], background[..., None]))
    return [np.repeat(frame, 3, axis=2).astype(np.uint8) for frame in frames]


def line(dx, dy, count=13):
    middle = (count - 1) / 2
    return [(24 + dx * (i - middle), 24 + dy * (i - middle)) for i in range(count)]


def means(frames):
    return measure(frames).rows.mean(axis=0)


@pytest.mark.parametrize(
    ('dx', 'dy', 'bins'),
    [(1, 0, (0, 7)), (0.7, 0.7, (0, 1)), (0, 1, (1, 2)), (-1, 0, (3, 4)), (0, -1, (5, 6))],
)
def test_directions_and_velocity_are_those_of_what_moves(dx, dy, bins):
    row = means(moving(line(dx, dy)))
    assert row[GROUPS['directions']][list(bins)].sum() > 0.7
    np.testing.assert_allclose(row[GROUPS['velocity']] * SIZE, [dx, dy], atol=0.3)


@pytest.mark.parametrize('degrees', [2, -2])
def test_rotation_has_the_sense_of_the_picture_that_turns(degrees):
    picture, frames = textured(SIZE, 1), []
    for number in range(13):
        turn = cv2.getRotationMatrix2D((23.5, 23.5), -degrees * number, 1)  # clockwise as seen
        turned = cv2.warpAffine(picture, turn, (SIZE, SIZE))
        frames.append(np.repeat(turned[..., None], 3, axis=2))
    row = means(frames)
    assert row[GROUPS['rotation']] * 180 / np.pi == pytest.approx(degrees, abs=1)
    assert abs(row[GROUPS['expansion']]) < 0.01


def test_expansion_is_that_of_a_picture_that_grows():
    picture = textured(SIZE, 1)
    frames = []
    for number in range(13):
        scale = 1.02**number
        grow = cv2.getRotationMatrix2D((23.5, 23.5), 0, scale)
        frames.append(np.repeat(cv2.warpAffine(picture, grow, (SIZE, SIZE))[..., None], 3, axis=2))
    row = means(frames)
    assert row[GROUPS['expansion']] == pytest.approx(0.02, abs=0.01)
    assert abs(row[GROUPS['rotation']]) < 0.005


def test_turning_is_that_of_the_path():
    circle = [(24 + 9 * np.cos(a), 24 + 9 * np.sin(a)) for a in np.arange(25) / 8]  # y points down
    clockwise, other = means(moving(circle)), means(moving(circle[::-1]))
    assert clockwise[GROUPS['turning']] > 0.1 and other[GROUPS['turning']] < -0.1


def test_a_still_video_has_no_motion_and_no_nan():
    row = means(moving([(24, 24)] * 5))
    assert np.isfinite(row).all() and np.abs(row).max() < 0.2


@pytest.mark.parametrize(
    'path', [line(1, 0.3), [(18 + i, 24 + (i - 6) ** 2 / 6) for i in range(13)]]
)
def test_reversed_and_mirrored_statistics_are_those_of_reversed_and_mirrored_frames(path):
    frames = moving(path, np.arange(13) * 2)
    rows = measure(frames).rows
    played = measure(frames[::-1]).rows[::-1]
    seen = measure([frame[:, ::-1] for frame in frames]).rows
    for found, wanted in ((reverse(rows), played), (mirror(rows), seen)):
        for name in ('directions', 'velocity', 'rotation', 'mass'):
            spread = max(np.abs(rows[:, GROUPS[name]]).max(), 1e-3)
            error = np.abs(found.mean(axis=0) - wanted.mean(axis=0))[GROUPS[name]].max()
            assert error < 0.15 * spread, name
    for twice in (reverse, mirror):
        np.testing.assert_array_equal(twice(twice(rows)), rows)


def test_a_video_of_two_frames_is_refused():
    with pytest.raises(ValueError, match='2 frames'):
        measure(moving([(24, 24)] * 2))


def test_parts_of_a_clip_are_means_over_its_source_frames():
    rows = np.random.default_rng(0).standard_normal((20, 14)).astype(np.float32)
    track = Track(rows, 41)
    forwards = track.of_clip(np.arange(4, 37, 2), 4, mirrored=False)  # frames 4 to 36
    for part in range(4):
        low = 4 + 8 * part
        inside = [r for r in range(20) if low <= 2 * r + 1 < low + 8]
        np.testing.assert_allclose(forwards[part], rows[inside].mean(axis=0), rtol=1e-5)
    backwards = track.of_clip(np.arange(4, 37, 2)[::-1], 4, mirrored=False)
    np.testing.assert_allclose(backwards, reverse(forwards)[::-1])
    mirrored = track.of_clip(np.arange(4, 37, 2), 4, mirrored=True)
    np.testing.assert_allclose(mirrored, mirror(forwards))


def test_a_part_shorter_than_a_pair_takes_the_nearest():
    rows = np.arange(14 * 4, dtype=np.float32).reshape(4, 14)
    found = Track(rows, 9).of_clip([0, 1], 4, mirrored=False)
    np.testing.assert_array_equal(found, rows[[0, 0, 0, 0]])


def tracks():
    rng = np.random.default_rng(0)
    names = ('a b.mp4', 'ä/ö.avi', b'\xff.mp4'.decode('utf-8', 'surrogateescape'))
    return {
        name: Track(rng.standard_normal((5 + n, 14)).astype(np.float32), 11 + 2 * n)
        for n, name in enumerate(names)
    }


def test_a_file_of_tracks_is_read_back(tmp_path):
    MotionTracks(tracks()).save(str(tmp_path / 'tracks.npz'))
    loaded = MotionTracks.load(str(tmp_path / 'tracks.npz'))
    assert len(loaded) == 3
    for name, track in tracks().items():
        assert loaded[name].num_frames == track.num_frames
        np.testing.assert_array_equal(loaded[name].rows, track.rows)


def test_normalised_values_have_opposite_signs_for_opposite_motions():
    loaded = MotionTracks(tracks())
    signed = np.r_[9:14]
    np.testing.assert_allclose(loaded.mean[signed], 0, atol=1e-7)
    np.testing.assert_allclose(loaded.mean[:8], loaded.mean[(3 - np.arange(8)) % 8])
    rows = next(iter(tracks().values())).rows
    np.testing.assert_allclose(
        loaded.normalised(rows), (rows - loaded.mean) / loaded.std, rtol=1e-5, atol=1e-5
    )


def test_files_that_are_no_tracks_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'motion_tracks\.py'):
        MotionTracks.load(str(tmp_path / 'none.npz'))
    (tmp_path / 'text.npz').write_text('no tracks')
    np.savez(tmp_path / 'other.npz', a=1)
    MotionTracks(tracks()).save(str(tmp_path / 'cut.npz'))
    content = (tmp_path / 'cut.npz').read_bytes()
    (tmp_path / 'cut.npz').write_bytes(content[: len(content) // 2])
    for name in ('text', 'other', 'cut'):
        with pytest.raises(ValueError, match=f'{name}.npz'):
            MotionTracks.load(str(tmp_path / f'{name}.npz'))
    with pytest.raises(ValueError, match='no motion track'):
        MotionTracks({})
