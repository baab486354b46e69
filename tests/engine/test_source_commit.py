import shutil
import subprocess

import pytest

from tev_mmaction.engine.source_commit import source_commit


@pytest.mark.skipif(not shutil.which('git'), reason='needs git')
def test_the_commit_of_a_checkout(tmp_path):
    def git(*words):
        identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
        done = subprocess.run(
            ['git', '-C', str(tmp_path), *identity, *words],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    package = tmp_path / 'package'
    package.mkdir()
    (package / '__init__.py').write_text('')
    assert source_commit(package) is None  # no checkout
    git('init', '-q')
    page = tmp_path / 'docs' / 'page.md'
    page.parent.mkdir()
    page.write_text('')
    git('add', 'docs')
    git('commit', '-qm', 'x')
    assert source_commit(package) is None  # installed within a checkout of something else
    git('add', '.')
    git('commit', '-qm', 'y')
    git('tag', '-a', 'v1', '-m', 'v1')
    assert source_commit(package) == git('rev-parse', 'HEAD')[:12]
    page.write_text('a study writes this')
    (tmp_path / 'data').write_text('not tracked')
    assert source_commit(package) == git('rev-parse', 'HEAD')[:12]
    (package / '__init__.py').write_text('changed')
    assert source_commit(package) == git('rev-parse', 'HEAD')[:12] + '-dirty'


def test_no_git(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    assert source_commit() is None
