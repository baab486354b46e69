import numpy as np
import pytest

from tev_mmaction.temporal import ConsecutiveClipSampler


@pytest.mark.parametrize('num_frames', [33, 34, 40])
@pytest.mark.parametrize('interval', [0, 3])
def test_clips_follow_one_another(num_frames, interval, rng):
    sampler = ConsecutiveClipSampler(4, num_clips=3, interval=interval, speed=2)
    assert sampler.min_frames == 3 * 7 + 2 * interval
    starts = set()
    for _ in range(200):
        clips, labels = sampler.place(None, num_frames, rng)
        shown = [clip.frame_indices().tolist() for clip in clips]
        assert all(np.diff(frames).tolist() == [2, 2, 2] for frames in shown)
        assert [b[0] - a[-1] - 1 for a, b in zip(shown, shown[1:])] == [interval] * 2
        assert shown[0][0] >= 0 and shown[-1][-1] < num_frames
        assert labels == dict(speeds=(2, 2, 2), directions=(1, 1, 1))
        starts.add(shown[0][0])
    assert starts == set(range(num_frames - sampler.min_frames + 1))


def test_shorter_videos_and_wrong_arguments_are_refused(rng):
    with pytest.raises(ValueError, match='ConsecutiveClipSampler with clips of 5 frames needs 118'):
        ConsecutiveClipSampler(5, interval=2, speed=3).place(None, 117, rng)
    for name, value in dict(num_clips=1, interval=-1, speed=0).items():
        with pytest.raises(ValueError, match=f'{name}={value}'):
            ConsecutiveClipSampler(4, **{name: value})
