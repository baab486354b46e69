"""Datasets with files and folders below ``data_root``, a folder or a URL."""

import os
from typing import Optional, Tuple

from tev_mmaction.storage import join


class Rooted:
    """Puts ``data_root`` before all names of a dataset.

    It replaces the method of mmengine's ``BaseDataset``, which fails if a file backend, such as
    HTTP, cannot join paths. It must come before ``BaseDataset`` among the base classes.

    Attributes:
        under_root (tuple[str]): Attributes that name a file; empty names stay empty.
    """

    under_root: Tuple[str, ...] = ('ann_file',)
    data_root: Optional[str]
    data_prefix: dict

    def _join_prefix(self) -> None:
        root = os.fspath(self.data_root or '')
        for name in self.under_root:
            path = getattr(self, name)
            if path:
                setattr(self, name, join(root, os.fspath(path)))
        for key, prefix in self.data_prefix.items():
            if not isinstance(prefix, str):
                raise TypeError(f'data_prefix[{key!r}] should be a string, not {prefix!r}')
            self.data_prefix[key] = join(root, prefix)
