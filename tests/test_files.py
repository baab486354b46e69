"""Files are whole or absent."""

import errno
import os
import re
import stat
import subprocess
import sys
import threading

import pytest

from tev_mmaction import files
from tev_mmaction.files import append_line, check_output, locked, replacing, write_file


def names(folder):
    return sorted(os.listdir(folder))


def test_a_file_is_whole_before_it_has_its_name(tmp_path):
    file = tmp_path / 'a.txt'
    file.write_text('old')
    with replacing(file) as part, open(part, 'w') as stream:
        stream.write('half')
        stream.flush()
        assert file.read_text() == 'old' and os.path.dirname(part) == str(tmp_path)
    assert file.read_text() == 'half' and names(tmp_path) == ['a.txt']


@pytest.mark.parametrize('error', [OSError(errno.ENOSPC, 'full'), KeyboardInterrupt()])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    file = tmp_path / 'a.txt'
    file.write_text('old')
    with pytest.raises(type(error)), replacing(file) as part, open(part, 'w') as stream:
        stream.write('half')
        raise error
    assert file.read_text() == 'old' and names(tmp_path) == ['a.txt']


def test_bytes_reach_the_disk_before_the_name_does(tmp_path, monkeypatch):
    calls = []
    for name in ('fsync', 'replace'):
        original = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, n=name, original=original: calls.append(n) or original(*a)
        )
    write_file(tmp_path / 'a.txt', 'text')
    assert calls == ['fsync', 'replace']


def test_permissions_and_links_stay(tmp_path):
    (tmp_path / 'there').mkdir()
    target, link = tmp_path / 'there' / 'a.txt', tmp_path / 'link.txt'
    target.write_text('old')
    target.chmod(0o640)
    link.symlink_to(target)
    write_file(link, 'new')
    assert link.is_symlink() and target.read_text() == 'new'
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path / 'there') == ['a.txt'] and names(tmp_path) == ['link.txt', 'there']


def test_names_of_any_bytes_and_lengths(tmp_path):
    for name in ('n' * 255, os.fsdecode(b'caf\xe9\n%s:-.txt'), '-rf'):
        write_file(tmp_path / 'new folder' / name, 'text')
        assert (tmp_path / 'new folder' / name).read_text() == 'text'


def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    found = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / 'pipe').read_bytes()))
    reader.start()
    check_output(tmp_path / 'pipe')
    write_file(tmp_path / 'pipe', 'text')
    reader.join(10)
    assert found == [b'text'] and names(tmp_path) == ['pipe']


def test_what_cannot_be_written_is_said_beforehand(tmp_path):
    (tmp_path / 'file').write_text('a file in the place of a folder')
    (tmp_path / 'folder').mkdir()
    for output in ('file/a.txt', 'folder', 'file/deeper/a.txt'):
        with pytest.raises(OSError, match=str(tmp_path)):
            check_output(tmp_path / 'good.txt', tmp_path / output)
    for folder in ('file', 'file/deeper'):
        for write in (check_output, lambda file: write_file(file, 'text')):
            with pytest.raises(NotADirectoryError) as error:
                write(tmp_path / folder / 'a.txt')
            assert error.value.strerror == 'there is a file where a folder is needed'
            assert error.value.filename == str(tmp_path / 'file')
    check_output(tmp_path / 'new' / 'a.txt')
    assert names(tmp_path) == ['file', 'folder', 'new'] and names(tmp_path / 'new') == []


def test_the_text_of_an_error_has_one_name(tmp_path):
    file = tmp_path / 'no folder/a.txt'
    with pytest.raises(OSError) as error, replacing(file) as part, open(part, 'wb'):
        pass
    assert str(error.value) == f'[Errno {errno.ENOENT}] {os.strerror(errno.ENOENT)}: {str(file)!r}'


def test_a_full_disk_is_said_with_the_name_that_the_user_knows(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space left'):
        write_file(tmp_path / 'a.txt', 'text')
    assert names(tmp_path) == []
    monkeypatch.setattr(files, '_part_of', lambda file: str(tmp_path / 'gone' / '.part'))
    with pytest.raises(OSError, match=re.escape(str(tmp_path / 'a.txt'))):
        check_output(tmp_path / 'a.txt')


def test_what_a_killed_process_left_half_is_removed_by_the_next_call(tmp_path):
    code = (
        'import os, sys; sys.path.insert(0, sys.argv[2]);'
        'from tev_mmaction.files import replacing\n'
        'with replacing(sys.argv[1]) as part:\n'
        '    open(part, "w").write("half"); os.kill(os.getpid(), 9)'
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(files.__file__ + '/')))
    killed = subprocess.run([sys.executable, '-W', 'ignore', '-c', code, tmp_path / 'a', root])
    assert killed.returncode == -9 and len(names(tmp_path)) == 1
    with replacing(tmp_path / 'b') as part:
        open(part, 'w').close()
        (tmp_path / '.other-tool-1-2.part').touch()
        check_output(tmp_path / 'c')
        assert len(names(tmp_path)) == 2  # of a living process, and of another machine
    assert names(tmp_path) == ['.other-tool-1-2.part', 'b']


def test_a_line_is_whole_or_absent(tmp_path, monkeypatch):
    file = tmp_path / 'a.csv'
    file.write_bytes(b'one\n')
    append_line(str(file), b'two\n')
    write = os.write
    calls = []

    def full(descriptor, data):
        calls.append(data)
        if len(calls) == 1:
            return write(descriptor, data[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'write', full)
    with pytest.raises(OSError, match='No space left'):
        append_line(str(file), b'three\n')
    assert file.read_bytes() == b'one\ntwo\n'


def test_a_second_call_is_refused(tmp_path):
    lock = str(tmp_path / '.lock')
    refused = pytest.raises(ValueError, match="'x' is being written by another")
    with locked(lock, 'x'), refused, locked(lock, 'x'):
        pass
    with locked(lock, 'x'):
        pass
