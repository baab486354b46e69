import numpy as np
import pytest
from mmaction.datasets.transforms import Flip, FormatShape

from tev_mmaction.datasets.people_boxes import read_boxes
from tev_mmaction.datasets.transforms import MaskPeople

HEADER = 'path,frame,x1,y1,x2,y2,score\n'
WIDTH, HEIGHT = 20, 10


@pytest.fixture
def boxes(tmp_path):
    def write(*lines, header=HEADER):
        (tmp_path / 'people.csv').write_text(header + ''.join(f'{line}\n' for line in lines))
        return str(tmp_path / 'people.csv')

    return write


def results_of(frames, path='a.mp4'):
    pictures = np.random.default_rng(0).integers(0, 256, (len(frames), HEIGHT, WIDTH, 3), np.uint8)
    return dict(
        path=path,
        imgs=list(pictures),
        frame_inds=np.array(frames),
        num_clips=1,
        clip_len=len(frames),
        modality='RGB',
    )


def test_people_of_each_frame_are_painted_in_its_mean_color(boxes):
    list_of = boxes(
        'b.mp4,7,0,0,1,1,0.9',  # of another video
        'a.mp4,9,0.5,0,1,0.5,0.9',
        'a.mp4,7,0.1,0.2,0.3,0.6,0.9',
        'a.mp4,7,0.85,0.5,0.975,1,0.3',  # columns 17 to 19.5: up to the whole pixel
        'a.mp4,7,0,0,1,1,0.2',  # not sure enough
    )
    results = results_of([9, 7])
    before = [frame.copy() for frame in results['imgs']]
    after = MaskPeople(list_of).transform(results)
    assert after['people_masked'] is True and after['num_clips'] == 2
    expected = [frame.copy() for frame in before]
    means = [
        [round(float(np.mean(frame[..., channel].astype(np.float64)))) for channel in range(3)]
        for frame in before
    ]
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if y < 5 and x >= 10:
                expected[0][y, x] = means[0]
            if (2 <= y < 6 and 2 <= x < 6) or (y >= 5 and x >= 17):
                expected[1][y, x] = means[1]
    np.testing.assert_array_equal(after['imgs'], [*before, *expected])


def test_the_copy_is_the_second_clip_and_cut_alike(boxes):
    results = MaskPeople(boxes('a.mp4,0,0,0,0.5,1,1', 'a.mp4,1,0,0,0.5,1,1')).transform(
        results_of([0, 1])
    )
    for step in (Flip(flip_ratio=1.0), FormatShape('NCTHW')):
        results = step(results)
    clip, copy = results['imgs']
    assert clip.shape == (3, 2, HEIGHT, WIDTH)
    np.testing.assert_array_equal(clip[..., :10], copy[..., :10])  # mirrored: people are right
    for t in range(2):
        assert all(len(np.unique(copy[channel, t, :, 10:])) == 1 for channel in range(3))


@pytest.mark.parametrize('seen, masked', [(2, False), (3, True)])
def test_clips_without_enough_people_stay(boxes, seen, masked):
    """Of 4 frames: 50 % is less than 70 %."""
    transform = MaskPeople(boxes(*(f'a.mp4,{i},0,0,0.5,1,1' for i in range(seen))))
    results = transform.transform(results_of(range(4)))
    assert results['people_masked'] is masked
    assert np.array_equal(results['imgs'][:4], results['imgs'][4:]) is not masked
    other = transform.transform(results_of(range(4), path='unknown.mp4'))
    assert other['people_masked'] is False and other['num_clips'] == 2


def test_frames_of_one_video_may_come_in_any_order(boxes):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 6, 40)
    lines = [f'"a, b.mp4",{frame},{i / 100},0,1,1,1' for i, frame in enumerate(frames)]
    people = read_boxes(boxes(*lines))
    for frame in range(7):
        found = people.of_frame('a, b.mp4', frame)
        assert found.shape == (np.sum(frames == frame), 4)
        np.testing.assert_allclose(found[:, 0], np.flatnonzero(frames == frame) / 100, rtol=1e-6)


@pytest.mark.parametrize(
    'line, said',
    [
        ('a.mp4,0,0.1,0.2,0.3,0.6', '6 fields instead of 7'),
        ('a.mp4,zero,0.1,0.2,0.3,0.6,1', "invalid literal for int.*'zero'"),
        ('a.mp4,0,32,48,64,112,0.9', 'shares of width and height'),
        ('a.mp4,0,0.3,0.2,0.1,0.6,1', 'in this order'),
        ('a.mp4,-1,0.1,0.2,0.3,0.6,1', 'frame -1'),
        ('a.mp4,0,0.1,0.2,0.3,0.6,nan', 'score nan'),
    ],
)
def test_a_line_that_is_no_box_is_named(boxes, line, said):
    file = boxes('a.mp4,0,0.1,0.2,0.3,0.6,1', line)
    with pytest.raises(ValueError, match=f"people.csv', line 3: .*{said}"):
        read_boxes(file)


def test_what_is_no_list_of_boxes_is_refused(boxes, tmp_path):
    with pytest.raises(ValueError, match="begins with 'path,x1'"):
        read_boxes(boxes(header='path,x1\n'))
    with pytest.raises(ValueError, match='has no boxes'):
        read_boxes(boxes())
    with pytest.raises(FileNotFoundError, match='give a CSV file of lines path,frame,x1'):
        read_boxes(str(tmp_path / 'absent.csv'))


def test_a_list_of_other_videos_is_refused(boxes):
    transform = MaskPeople(boxes('train/a.mp4,0,0,0,1,1,1'))
    for _ in range(63):
        transform.transform(results_of([0]))
    with pytest.raises(ValueError, match="none of 64 videos.* 'a.mp4'; it has 'train/a.mp4'"):
        transform.transform(results_of([0]))


def test_several_clips_and_shares_beyond_one_are_refused(boxes):
    with pytest.raises(ValueError, match='gets 2 clips, and takes one'):
        MaskPeople(boxes('a.mp4,0,0,0,1,1,1')).transform(dict(results_of([0, 1]), num_clips=2))
    with pytest.raises(ValueError, match=r'min_share=70: give a number within \[0, 1\]'):
        MaskPeople(boxes('a.mp4,0,0,0,1,1,1'), min_share=70)
