import pytest

from tev_mmaction.temporal import LocalGlobalClipSampler


@pytest.mark.parametrize('speed', [1, 2])
def test_local_clips_show_the_parts_of_the_global_clip(speed, rng):
    sampler = LocalGlobalClipSampler(6, num_local=3, num_views=2, speed=speed)
    assert sampler.min_frames == 17 * speed + 1
    starts = set()
    for _ in range(200):
        clips, labels = sampler.place(None, 40, rng)
        shown = [clip.frame_indices().tolist() for clip in clips]
        assert shown[0] == shown[1] and shown[2] == shown[3] and shown[4] == shown[5]
        local = shown[0] + shown[2] + shown[4]
        first = local[0]
        assert local == list(range(first, first + 18 * speed, speed))
        for part in range(3):  # each third of the global clip is within its local clip
            times = shown[6][2 * part : 2 * part + 2]
            assert set(times) <= set(shown[2 * part])
        assert first >= 0 and local[-1] < 40
        starts.add(first)
        assert labels == dict(
            speeds=(speed,) * 6 + (3 * speed,), directions=(1,) * 7, draws=(0, 0, 1, 1, 2, 2, 3)
        )
    assert starts == set(range(40 - 17 * speed))


def test_shorter_videos_and_wrong_arguments_are_refused(rng):
    with pytest.raises(ValueError, match='LocalGlobalClipSampler with clips of 16 frames needs 64'):
        LocalGlobalClipSampler(16).place(None, 63, rng)
    for name, value in dict(num_local=1, num_views=0, speed=0).items():
        with pytest.raises(ValueError, match=f'{name}={value}'):
            LocalGlobalClipSampler(4, **{name: value})
