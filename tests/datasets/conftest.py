import builtins

import pytest


@pytest.fixture
def petrel_like():
    """A registered backend that is not the local one."""
    from mmengine.fileio import BaseStorageBackend, backends, register_backend

    class PetrelLike(BaseStorageBackend):
        def get(self, filepath):
            with builtins.open(filepath, 'rb') as file:
                return file.read()

        def get_text(self, filepath, encoding='utf-8'):
            return self.get(filepath).decode(encoding)

    if 'petrel_like' not in backends.registry_utils.backends:
        register_backend('petrel_like', PetrelLike)
