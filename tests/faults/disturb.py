"""Ends tools at random times, and checks that the next call ends as one that nothing disturbed.

python tests/faults/disturb.py --repeats 100
"""

import argparse
import hashlib
import os
import random
import runpy
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Callable, Dict

TESTS = Path(__file__).parents[1]
for _folder in (TESTS, TESTS / 'apis', TESTS.parent):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

from fake_embedder import FakeEmbedder  # noqa: E402

import tev_mmaction  # noqa: E402, F401  (once here, not in each process)
from e2e.conftest import SMALL  # noqa: E402
from helpers import ROOT, write_clip  # noqa: E402
from tev_mmaction.apis import EmbeddingIndex, update_index  # noqa: E402
from tev_mmaction.datasets.caching.build import CacheStopped, build_cache  # noqa: E402
from tev_mmaction.datasets.indexing import IndexStopped, index_videos  # noqa: E402
from tev_mmaction.datasets.sharding import ShardsStopped, build_shards  # noqa: E402
from tev_mmaction.models.checkpoint_file import read_checkpoint  # noqa: E402
from tev_mmaction.stopping import stoppable  # noqa: E402

SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def make_videos(folder: Path, number: int = 12) -> Path:
    """Clips, a broken file, and a text for the embedder of the tests in the place of each."""
    for index in range(number):
        write_clip(folder / 'videos' / f'{index:02d}.mp4', 20 + index, size=(32, 32))
        (folder / 'texts').mkdir(exist_ok=True)
        (folder / 'texts' / f'{index:02d}.mp4').write_text(f'{index} {index + 1}')
    (folder / 'videos' / 'broken.mp4').write_text('no video')
    return folder


def index(sources: Path, out: Path) -> None:
    index_videos(str(sources / 'videos'), out=str(out), num_workers=0)


def cache(sources: Path, out: Path) -> None:
    build_cache(str(sources / 'videos'), str(out), short_side=32, num_workers=0)


def shards(sources: Path, out: Path) -> None:
    build_shards(str(sources / 'videos'), str(out), shard_size=20_000, num_workers=0)


def search(sources: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    file, embedder = out / 'embeddings', FakeEmbedder()
    known = EmbeddingIndex.load(file) if file.exists() else EmbeddingIndex.of(embedder)
    update_index(known, str(sources / 'texts'), embedder, str(file), save_interval=0.0)


def call(tool: str, *words: object) -> None:
    """Run a script of tools/ as from its command line."""
    sys.argv = [tool, *map(str, words)]
    try:
        runpy.run_path(str(ROOT / tool), run_name='__main__')
    except SystemExit as ended:
        if ended.code not in (None, 0, 3):
            raise


def tracks(sources: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    names = sorted(file.name for file in (sources / 'videos').iterdir())
    (sources / 'tracks.txt').write_text(''.join(f'{name}\n' for name in names))
    root = ('--root', sources / 'videos', '--num-workers', 0)
    call('tools/data/motion_tracks.py', sources / 'tracks.txt', out / 'tracks.npz', *root)


def train(sources: Path, out: Path) -> None:
    """Three epochs of two batches; a call that follows resumes."""
    lines = [f'{number:02d}.mp4 0\n' for number in range(8)]
    (sources / 'train.txt').write_text(''.join(lines))
    options = {
        **SMALL,
        'train_dataloader.dataset.data_root': sources,
        'train_dataloader.dataset.data_prefix.video': 'videos',
        'train_dataloader.dataset.clip_sampler.speeds': '[1,2]',
        'model.heads.speed.speeds': '[1,2]',
        'train_cfg.max_epochs': 3,
        'param_scheduler.1.end': 3,
    }
    words = [f'{key}={value}' for key, value in options.items()]
    config = ROOT / 'configs/studies/demo/tev_r3d10.py'
    call('tools/train.py', config, '--work-dir', out, '--resume', '--cfg-options', *words)


TOOLS: Dict[str, Callable[[Path, Path], None]] = dict(
    index=index, cache=cache, shards=shards, search=search, tracks=tracks, train=train
)


def start(tool: Callable[[], None]) -> int:
    """Run a tool in a process of its own; its status is 0, or 1 where it was stopped."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        with stoppable():
            tool()
        status = 0
    except (CacheStopped, IndexStopped, ShardsStopped, KeyboardInterrupt):
        pass
    finally:
        os._exit(status)


def content(file: Path) -> object:
    """What a file says; checkpoints hold times as well, safetensors its metadata in any order."""
    if file.suffix == '.pth':
        weights = read_checkpoint(file)['state_dict']
        digest = hashlib.sha256()
        for name in sorted(weights):
            digest.update(weights[name].numpy().tobytes())
        return digest.hexdigest()
    if file.name != 'embeddings':
        return file.read_bytes()
    known = EmbeddingIndex.load(file)
    return known.files, {path: feature.tolist() for path, feature in known.features.items()}


def contents(folder: Path) -> Dict[str, object]:
    """All files of a folder, hidden ones too; of a training all but its logs and its config."""
    files = (file for file in folder.rglob('*') if file.is_file())
    if (folder / 'last_checkpoint').exists():
        files = (file for file in folder.iterdir() if file.suffix in ('.pth', '.part'))
    return {str(file.relative_to(folder)): content(file) for file in files}


def disturb(name: str, sources: Path, room: Path, repeats: int, seed: int = 0) -> int:
    """Disturb a tool many times.

    Args:
        name (str): Key of :data:`TOOLS`.
        sources (Path): Of :func:`make_videos`.
        room (Path): Folder for what is written.
        repeats (int): How often.
        seed (int): Of the times and signals. Defaults to 0.

    Returns:
        int: How often the signal came before the end.

    Raises:
        AssertionError: If a second call fails, or leaves other files than an undisturbed one.
    """
    rng, tool, hits = random.Random(seed), TOOLS[name], 0
    began = time.monotonic()
    assert os.waitpid(start(partial(tool, sources, room / 'whole')), 0)[1] == 0
    duration, expected = time.monotonic() - began, contents(room / 'whole')
    for repeat in range(repeats):
        out, number = room / f'out {repeat}', rng.choice(SIGNALS)
        process = start(partial(tool, sources, out))
        time.sleep(rng.uniform(0, duration))
        os.kill(process, number)
        hits += os.waitpid(process, 0)[1] != 0
        what = f'{name}, {number.name}, repeat {repeat} of seed {seed}'
        assert os.waitpid(start(partial(tool, sources, out)), 0)[1] == 0, what
        found = contents(out)
        assert found.keys() == expected.keys(), (what, sorted(found))
        differing = [file for file in found if found[file] != expected[file]]
        assert not differing, (what, differing)
        shutil.rmtree(out)
    return hits


def main() -> None:
    """Disturb all tools."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeats', type=int, default=100)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--tools', nargs='+', choices=list(TOOLS), default=list(TOOLS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = make_videos(Path(folder, 'sources'))
        for name in args.tools:
            room = Path(folder, name)
            room.mkdir()
            hits = disturb(name, sources, room, args.repeats, args.seed)
            print(f'{name}: {args.repeats} repeats, {hits} ended early; all as undisturbed')


if __name__ == '__main__':
    main()
