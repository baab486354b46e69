"""Which commit of this package is running."""

import subprocess
from pathlib import Path
from typing import Optional

PACKAGE = Path(__file__).parents[1]


def source_commit(package: Path = PACKAGE) -> Optional[str]:
    """Commit of the checkout that a package runs from, with ``-dirty`` if files were changed.

    Pages below ``docs`` do not count: studies write theirs there.

    Args:
        package (Path): Folder of the package. Defaults to that of this one.

    Returns:
        str, optional: None where the package was installed, or there is no git.
    """

    def git(*words: str) -> str:
        command = ['git', '--no-optional-locks', '-C', str(package), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        # An installation may lie within a checkout of something else, which does not track it.
        git('ls-files', '--error-unmatch', '__init__.py')
        commit = git('rev-parse', '--short=12', 'HEAD')
        files = ('--untracked-files=no', '--', ':(top)', ':(top,exclude)docs')
        return f'{commit}-dirty' if git('status', '--porcelain', *files) else commit
    except (OSError, subprocess.SubprocessError):
        return None
