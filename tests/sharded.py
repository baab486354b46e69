"""Small videos, and shards of them."""

from helpers import write_clip
from tev_mmaction.datasets.sharding import build_shards

LISTS = ['train.txt', 'test.txt']
LENGTHS = {'a.mp4': 30, 'sub dir/b.avi': 35, 'c.mkv': 25, 'd.MP4': 28, 'e': 20}


def write_sources(root):
    """Five videos of several kinds, two lists and class names."""
    for name, length in LENGTHS.items():
        kind = name[-3:] if name.endswith(('mp4', 'avi')) else 'mkv'
        codec = 'mpeg4' if kind == 'avi' else 'libx264'
        (root / 'videos' / name).parent.mkdir(parents=True, exist_ok=True)
        write_clip(root / f'clip.{kind}', length, codec=codec).rename(root / 'videos' / name)
    names = list(LENGTHS)
    (root / 'train.txt').write_text(''.join(f'{n} {i % 2}\n' for i, n in enumerate(names[:3])))
    (root / 'test.txt').write_text(''.join(f'{n} {i}\n' for i, n in enumerate(names[3:])))
    (root / 'classes.txt').write_text('wave\nripple\n')


def pack(source, out, shard_size=30_000, lists=LISTS, **changes):
    """Shards in this process, by default of three tar files."""
    arguments = dict(prefix='videos', lists=lists, shard_size=shard_size, num_workers=0)
    return build_shards(str(source), str(out), **{**arguments, **changes})
