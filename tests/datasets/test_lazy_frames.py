import copy
import weakref

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from tev_mmaction.datasets.lazy_frames import LazyFrames
from tev_mmaction.datasets.randomness import seeded
from tev_mmaction.datasets.readers import VideoError, VideoReader

WANTED = [7, 5, 3, 1, 2, 4, 6, 5]  # two clips of four; frame 5 is in both


class NoiseReader(VideoReader):
    """Frames of noise, told apart; counts what is decoded and what is still in memory."""

    fps, size = 25.0, (60, 40)

    def _open(self, source):
        self.decodable = source
        self.decoded, self.alive, self.most_alive = [], 0, 0

    def __len__(self):
        return 10

    def count_decodable(self):
        return self.decodable

    def _frames(self, indices):
        for index in indices[indices < self.decodable]:
            frame = np.random.default_rng(index).integers(0, 256, (40, 60, 3), dtype=np.uint8)
            weakref.finalize(frame, self._freed)
            self.alive += 1
            self.most_alive = max(self.alive, self.most_alive)
            self.decoded.append(int(index))
            yield frame

    def _freed(self):
        self.alive -= 1


def lazy(decodable=10):
    reader = NoiseReader(decodable, 'noise.mp4')
    return reader, LazyFrames(reader, WANTED)


def eager():
    frames = dict(zip(range(1, 8), NoiseReader(10, 'noise.mp4').read(range(1, 8))))
    return [frames[index].copy() for index in WANTED]


def results_of(frames):
    return dict(imgs=frames, num_clips=2, clip_len=4, img_shape=(40, 60), modality='RGB', label=0)


def test_it_is_a_list_that_decodes_each_frame_once():
    reader, frames = lazy()
    assert len(frames) == 8 and frames.frame_shape == (40, 60) and not frames.decoded
    assert len(reader.decoded) <= 1  # its shape is that of the first frame
    assert all(np.array_equal(a, b) for a, b in zip(frames, eager()))
    assert np.array_equal(frames[-1], eager()[-1]) and len(frames[2:4]) == 2
    assert np.array_equal(np.asarray(frames), eager()) and frames.decoded
    assert reader.decoded == [1, 2, 3, 4, 5, 6, 7]
    frames[1][:] = 0  # written in place, as Flip does: the other 5 is another picture
    assert frames[1].max() == 0 and np.array_equal(frames[7], eager()[7])
    frames[0] = frames[1]
    del frames[2]
    frames.append(frames[0])
    assert len(frames) == 8 and frames[7].max() == 0


@pytest.mark.parametrize(
    'cfgs',
    [
        [dict(type='RandomResizedCrop'), dict(type='Resize', scale=(24, 24), keep_ratio=False)],
        [dict(type='Flip', flip_ratio=1)],
        [dict(type='Resize', scale=(-1, 32)), dict(type='ThreeCrop', crop_size=32)],
        [dict(type='CenterCrop', crop_size=16), dict(type='ColorJitter', hue=0)],
        [dict(type='Flip', flip_ratio=1), dict(type='ClipRandomResizedCrop', size=24)],
        [dict(type='Resize', scale=(30, 20)), dict(type='ClipRandomResizedCrop', size=24)],
        [dict(type='ClipFlip', flip_ratio=1), dict(type='ClipColorJitter')],
    ],
    ids=lambda cfgs: '-'.join(cfg['type'] for cfg in cfgs),
)
def test_transforms_cannot_tell_it_from_a_list(cfgs):
    made = []
    for frames in (lazy()[1], eager()):
        results = results_of(frames)
        with seeded(3):
            for cfg in [*cfgs, dict(type='FormatShape', input_format='NCTHW')]:
                results = TRANSFORMS.build(cfg)(results)
        made.append(results['imgs'])
    assert np.array_equal(*made)


@pytest.mark.parametrize('seed', range(5))
def test_crops_of_the_stream_are_those_of_the_list(seed):
    crop = TRANSFORMS.build(dict(type='ClipRandomResizedCrop', size=24))
    reader, frames = lazy()
    with seeded(seed):
        streamed = crop(results_of(frames))['imgs']
    with seeded(seed):
        listed = crop(results_of(eager()))['imgs']
    assert np.array_equal(streamed, listed)
    assert reader.decoded == [1, 2, 3, 4, 5, 6, 7] and reader.most_alive <= 2


def test_what_was_streamed_is_gone():
    _, frames = lazy()
    assert sorted(p for _, positions in frames.stream() for p in positions) == list(range(8))
    for again in (lambda: frames[0], lambda: next(frames.stream())):
        with pytest.raises(RuntimeError, match='handed over'):
            again()


def test_a_video_that_ends_early_is_a_video_error():
    for use in (lambda f: f[0], lambda f: list(f.stream())):
        with pytest.raises(VideoError, match='noise.mp4: ends early: 4 of 7'):
            use(lazy(decodable=5)[1])
    with pytest.raises(VideoError, match='ends early: 0 of 7'):
        lazy(decodable=0)


def test_a_copy_is_a_list():
    copied = copy.deepcopy(lazy()[1])
    assert isinstance(copied, list) and np.array_equal(copied, eager())
