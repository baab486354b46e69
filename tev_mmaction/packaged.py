"""What travels with the package beside its code: configs and tools."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Union

SCHEME = 'tev_mmaction::'
_PACKAGE = Path(__file__).resolve().parent
_KINDS = ('configs', 'tools')


def folder(kind: str) -> Path:
    """The folder of the configs or of the tools: of an installation, or of the checkout.

    Args:
        kind (str): ``'configs'`` or ``'tools'``.

    Raises:
        ValueError: If ``kind`` is another one, or neither place has them.
    """
    if kind not in _KINDS:
        raise ValueError(f'packaged.folder({kind!r}): one of {", ".join(_KINDS)} is expected')
    for place in (_PACKAGE / '.mim' / kind, _PACKAGE.parent / kind):
        if place.is_dir():
            return place
    raise ValueError(
        f'{_PACKAGE} has no {kind}, neither in .mim nor beside it: install the package anew'
    )


def config_file(name: str) -> str:
    """The file of a config of this package, wherever it is installed.

    A config of yours inherits from it by ``_base_ = ['tev_mmaction::finetune/NAME.py']``. Where a
    tool reads the config without having imported this package, as MMAction2's own tools do, write
    ``_base_ = [__import__('tev_mmaction').config_file('finetune/NAME.py')]``, which works with any.

    Args:
        name (str): Path below ``configs``, with or without ``tev_mmaction::``.

    Raises:
        ValueError: If there is no such config; with the nearest names.
    """
    configs = folder('configs')
    bare = name.removeprefix(SCHEME)
    file = configs / bare
    if file.is_file():
        return os.fspath(file)
    known = sorted(path.relative_to(configs).as_posix() for path in configs.rglob('*.py'))
    of_that_name = [each for each in known if Path(each).name == Path(bare).name]
    near = of_that_name[:3] or get_close_matches(bare, known, 3)
    raise ValueError(
        f'{SCHEME}{bare} is no config of this package'
        + (f'. Did you mean {" or ".join(SCHEME + each for each in near)}?' if near else '')
        + f' All of them are in {configs}'
    )


def find_config(path: Union[str, os.PathLike]) -> str:
    """The file that is meant where a config is asked for: a path, or ``tev_mmaction::NAME``.

    Args:
        path (str | PathLike): Path of a file, or the name of a config of this package.

    Raises:
        ValueError: If a name ``tev_mmaction::`` is that of no config.
    """
    path = os.fspath(path)
    return config_file(path) if path.startswith(SCHEME) else path
