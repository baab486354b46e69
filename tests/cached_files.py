"""Videos for the tests of video caches, caches of them, and what is in their folders."""

from fractions import Fraction

import av
import numpy as np

from helpers import build_dataset
from tev_mmaction.datasets.caching import CacheManifest
from tev_mmaction.datasets.caching.build import build_cache
from tev_mmaction.datasets.readers import open_video
from tev_mmaction.datasets.video_list import read_list

LENGTHS = {'a.mp4': 60, 'sub dir/b.avi': 75, 'variable.mkv': 50, 'odd.webm': 64, 'turned.mp4': 45}


def scene(index, size):
    """A smooth picture that moves: unlike noise, every codec and scaler keeps it."""
    y, x = np.mgrid[: size[1], : size[0]] / 20
    waves = [np.sin(x + 0.3 * index), np.cos(y - 0.2 * index), np.sin(x + y + 0.1 * index)]
    return np.uint8(128 + 90 * np.stack(waves, -1))


def write_scene(path, num_frames, size=(64, 48), codec='libx264', times=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = 'yuv420p'
        stream.options = {'crf': '8', 'b': '2M'}
        for index in range(num_frames):
            frame = av.VideoFrame.from_ndarray(scene(index, size), format='rgb24')
            if times is not None:
                frame.pts, frame.time_base = times[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def make(originals, out, **changes):
    arguments = dict(prefix='videos', lists=['train.txt', 'test.txt'], short_side=32)
    arguments.update(num_workers=0, **changes)
    return build_cache(str(originals), str(out), **arguments)


def pair_dataset(root, **changes):
    arguments = dict(data_prefix=dict(video='videos'), clip_sampler=dict(clip_len=4, speeds=(1, 2)))
    return build_dataset(root, **{**arguments, **changes})


def check_whole(noise, out):
    """The cache holds every video whole, and nothing else."""
    names = [path for path, _ in read_list(str(noise / 'train.txt'))]
    for number, name in enumerate(names):
        reader = open_video(str(out / 'videos' / name))
        assert reader.count_decodable() == len(reader) == 60 + number
    assert files_below(out / 'videos') == sorted(names)
    assert CacheManifest.load(str(out)).jobs[0].complete
    assert len(build_dataset(out, data_prefix=dict(video='videos'))) == 16


def files_below(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob('*') if file.is_file())


def states(folder):
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in folder.rglob('*.mp4')}
