import collections
import logging
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.fileio import FileClient, HardDiskBackend
from mmengine.logging import HistoryBuffer, MMLogger

import tev_mmaction  # noqa: F401


def test_models_import_where_the_wheel_lacks_a_module_and_vindlu_cannot(tmp_path):
    """VindLU finds a package transformers, but nothing in it."""
    (tmp_path / 'transformers').mkdir()
    (tmp_path / 'transformers' / '__init__.py').touch()
    info = tmp_path / 'transformers-5.0.0.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text('Metadata-Version: 2.1\nName: transformers\nVersion: 5.0.0\n')
    code = (
        'import tev_mmaction, mmaction.models, mmaction.registry as r\n'
        'assert r.MODELS.get("Recognizer3D") is not None\n'
        'try: r.MODELS.build(dict(type="VindLURetrieval"))\n'
        'except ImportError as error: print(error)'
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, '-c', code],
        check=True,
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=paths),
    )
    assert 'requires extra multi-modal dependencies' in done.stdout


def test_what_mmengine_writes_loads_with_weights_only(tmp_path):
    buffer = HistoryBuffer()
    for value in (1.0, 2, 0.5):
        buffer.update(value)
    content = dict(
        message_hub=dict(log_scalars=collections.OrderedDict(loss=buffer)),
        scalar=np.float64(0.5),
        array=np.arange(3),
    )
    torch.save(content, tmp_path / 'x.pth')
    loaded = torch.load(tmp_path / 'x.pth', weights_only=True)
    assert loaded['message_hub']['log_scalars']['loss'].statistics('mean') == buffer.mean()
    assert loaded['scalar'] == 0.5 and loaded['array'].tolist() == [0, 1, 2]


class Evil:
    """Pickles as a call that a checkpoint must not be able to make."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    'call',
    [
        (getattr, (collections.OrderedDict, 'fromkeys')),
        (getattr, (HistoryBuffer, '__init__')),
        (getattr, (HistoryBuffer, '_set_default_statistics')),
        (eval, ('1 + 1',)),
        (print, ('called',)),
    ],
    ids=['other object', 'dunder', 'private', 'eval', 'print'],
)
def test_nothing_else_is_allowed(tmp_path, call):
    torch.save(Evil(*call), tmp_path / 'evil.pth')
    with pytest.raises((pickle.UnpicklingError, AttributeError)):
        torch.load(tmp_path / 'evil.pth', weights_only=True)


def test_what_only_mmengine_can_change_is_not_logged(tmp_path):
    """Its checkpoint hook asks for a file client at the start of every run."""
    logger, records = MMLogger.get_current_instance(), []
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    try:
        FileClient.infer_client(dict(backend='disk'), str(tmp_path))
        assert HardDiskBackend().allow_symlink is not None
    finally:
        logger.removeHandler(handler)
    assert not records
