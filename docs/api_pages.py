"""Writes one page for every package of ``tev_mmaction`` that has public names.

A name is public if a package lists it in ``__all__``. It is described once, on the page of the
deepest package that lists it.
"""

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Dict, List

import tev_mmaction


def public_names() -> Dict[str, List[str]]:
    """Public names by the package that describes them."""
    packages = ['tev_mmaction'] + [
        module.name
        for module in pkgutil.walk_packages(tev_mmaction.__path__, 'tev_mmaction.')
        if module.ispkg
    ]
    described: Dict[str, List[str]] = {}
    seen = set()
    for package in sorted(packages, key=lambda name: (-name.count('.'), name)):
        module = import_module(package)
        for name in getattr(module, '__all__', ()):
            value = getattr(module, name)
            if inspect.ismodule(value) or name.startswith('__'):
                continue
            key = (name, id(value))
            if key not in seen:
                seen.add(key)
                described.setdefault(package, []).append(name)
    return described


def _directive(package: str, name: str) -> str:
    value = getattr(import_module(package), name)
    if inspect.isclass(value):
        return f'.. autoclass:: {package}.{name}\n   :members:\n   :show-inheritance:\n'
    if inspect.isroutine(value):
        return f'.. autofunction:: {package}.{name}\n'
    return f'.. py:data:: {package}.{name}\n   :value: {value!r}\n'


def write_api_pages(folder: Path) -> None:
    """Write ``index.rst`` and a page per package; files that would not change are left alone.

    Args:
        folder: Where the pages go. It is created if needed; pages of packages that no longer
            exist are removed.
    """
    pages = {}
    for package, names in sorted(public_names().items()):
        summary = (inspect.getdoc(import_module(package)) or '').split('\n\n')[0]
        body = '\n'.join(_directive(package, name) for name in sorted(names, key=str.lower))
        pages[package] = f'{package}\n{"=" * len(package)}\n\n{summary}\n\n{body}'
    entries = ''.join(f'   {package}\n' for package in pages)
    head = 'API\n===\n\nAll public names, by package.\n\n.. toctree::\n   :maxdepth: 1\n\n'
    pages['index'] = head + entries
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob('*.rst'):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / f'{name}.rst'
        if not path.exists() or path.read_text(encoding='utf-8') != text:
            path.write_text(text, encoding='utf-8')
