"""What the folder of kept blocks holds when its size is bounded, and who waits for whom."""

import os
import time

import processes
from tev_mmaction.storage import block_cache
from tev_mmaction.storage.block_cache import BlockCache

BLOCK = b'x' * 100
# prints whether each of two bytes of a lock is free
ASKING = """
import fcntl, sys
with open(sys.argv[1], 'ab') as lock:
    for byte in sys.argv[2:]:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(byte))
            print('free')
        except OSError:
            print('held')
"""


def test_many_small_files_leave_nothing_behind(tmp_path):
    """Each file has one block; parts of killed writers go after a day."""
    old, new = tmp_path / '00' / 'old' / '.a.part', tmp_path / '00' / 'new' / '.b.part'
    for part in (old, new):
        part.parent.mkdir(parents=True)
        part.write_bytes(BLOCK)
    os.utime(old, (time.time() - 25 * 3600,) * 2)
    for number in range(40):
        cache = BlockCache(str(tmp_path), f'{number}.mp4', 'v', 100, 350)
        with cache.claimed(0):
            cache.put(0, BLOCK)
    files = [file for file in tmp_path.rglob('*') if file.is_file()]
    locks = [file for file in files if file.name == '.lock']
    assert len([file for file in files if file.name == '0']) == 3 and cache.get(0, 100) == BLOCK
    assert all(lock.parent.parent == tmp_path for lock in locks)  # one for each prefix
    assert new.exists() and not old.parent.exists()
    assert all(os.listdir(folder) for folder in tmp_path.rglob('*') if folder.is_dir())
    assert len([folder for folder in tmp_path.glob('*/*') if folder.is_dir()]) == 4


def test_a_folder_that_is_removed_meanwhile(tmp_path, monkeypatch):
    calls = []

    def write_file(file, block):
        calls.append(file)
        if len(calls) == 1:
            raise FileNotFoundError(file)
        real(file, block)

    real = block_cache.write_file
    monkeypatch.setattr(block_cache, 'write_file', write_file)
    cache = BlockCache(str(tmp_path), 'a.mp4', 'v', 100)
    cache.put(0, BLOCK)
    assert cache.get(0, 100) == BLOCK and len(calls) == 2


def test_a_claim_holds_one_block(tmp_path):
    cache = BlockCache(str(tmp_path), 'a.mp4', 'v', 100)
    with cache.claimed(3):
        (lock,) = tmp_path.rglob('.lock')
        words = [str(lock), str(cache._first + 3), str(cache._first + 4)]
        held = processes.run('-c', ASKING, *words, fresh=True)
    free = processes.run('-c', ASKING, *words, fresh=True)
    assert held.stdout.split() == ['held', 'free'] and free.stdout.split() == ['free', 'free']
