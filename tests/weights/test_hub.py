"""``hf://``: names of networks and files of a hub, which here is a server of this machine."""

import builtins
import hashlib
import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch

from helpers import ROOT
from hub_server import serving
from tev_mmaction.apis import EmbeddingIndex, VideoEmbedder
from tev_mmaction.models.checkpoint_file import read_checkpoint
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.weights import find_weights, get_weights, weights_file
from tev_mmaction.weights.hub import HubAddress
from toy_runs import assert_same, messages, runner_of

constants = pytest.importorskip('huggingface_hub.constants')

NAME = 'r3d10-motion'
SHIPPED = get_weights(NAME)


@pytest.fixture(scope='module')
def server():
    with serving() as hub:
        yield hub


@pytest.fixture
def hub(server, tmp_path, monkeypatch):
    """A hub with one published network, and an empty cache."""
    monkeypatch.setattr(constants, 'ENDPOINT', server.endpoint)
    template = server.endpoint + '/{repo_id}/resolve/{revision}/{filename}'
    monkeypatch.setattr(constants, 'HUGGINGFACE_CO_URL_TEMPLATE', template)
    monkeypatch.setattr(constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))
    monkeypatch.delenv('HF_ENDPOINT', raising=False)
    hasty = SimpleNamespace(**{**vars(time), 'sleep': lambda seconds: None})
    for client in ('file_download', 'utils._http'):  # it waits between its tries
        monkeypatch.setattr(f'huggingface_hub.{client}.time', hasty)
    server.repos.clear()
    server.asked.clear()
    server.cut.clear()
    server.repos['me/net'] = {
        'record.json': SHIPPED.file.with_suffix('.json').read_bytes(),
        'model.safetensors': SHIPPED.file.read_bytes(),
    }
    return server


def record(**changes):
    values = json.loads(SHIPPED.file.with_suffix('.json').read_text())
    values.update(changes)
    return json.dumps({key: value for key, value in values.items() if value is not None}).encode()


def refused(address):
    with pytest.raises(ValueError) as caught:
        read_checkpoint(address)
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_a_network_by_its_repository(hub):
    found = get_weights('hf://me/net')
    assert found.name == 'me/net' and found.address == 'hf://me/net'
    assert found.protocol == SHIPPED.protocol and found.results == SHIPPED.results
    assert weights_file('hf://me/net').read_bytes() == SHIPPED.file.read_bytes()
    embedder = VideoEmbedder('hf://me/net')
    assert embedder.checkpoint == 'hf://me/net'
    assert embedder.fingerprint == SHIPPED.fingerprint
    assert embedder.protocol == VideoEmbedder(NAME).protocol
    assert EmbeddingIndex.of(embedder).open_embedder().fingerprint == SHIPPED.fingerprint
    assert len([line for line in hub.asked if line.startswith('GET /me')]) == 2  # each once


@pytest.mark.parametrize('address', ['hf://me/net/model.safetensors', 'hf://me/net@v1/'])
def test_revisions_and_files_that_the_record_is_of(hub, address):
    assert_same(read_checkpoint(address)['state_dict'], SHIPPED.checkpoint()['state_dict'])
    assert find_weights(address).sha256 == SHIPPED.sha256


def test_a_file_without_a_record(hub, tmp_path):
    torch.save({'state_dict': {'backbone.x': torch.ones(2)}}, tmp_path / 'a.pth')
    hub.repos['me/plain'] = {'sub/a.pth': (tmp_path / 'a.pth').read_bytes()}
    assert find_weights('hf://me/plain/sub/a.pth') is None
    assert list(read_checkpoint('hf://me/plain/sub/a.pth')['state_dict']) == ['backbone.x']
    hub.repos['me/plain']['model.safetensors'] = SHIPPED.file.read_bytes()
    assert len(read_checkpoint('hf://me/plain/model.safetensors')) == 54
    with pytest.raises(ValueError, match='nothing is known of it'):
        get_weights('hf://me/plain/model.safetensors')
    assert 'hf://me/plain has no record.json, which tools/convert/publish.py writes' in refused(
        'hf://me/plain'
    )


def test_a_runner_loads_it(hub, tmp_path):
    backbone = {key: v for key, v in SHIPPED.backbone.items() if key != 'summary'}
    model = dict(
        type='Recognizer3D',
        backbone=backbone,
        cls_head=dict(type='I3DHead', in_channels=128, num_classes=2, average_clips='prob'),
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )
    runner = runner_of(tmp_path, model, load_from='hf://me/net', max_epochs=1)
    runner.train()
    assert messages(runner, f'loaded from hf://me/net, fingerprint {SHIPPED.fingerprint}')


def test_the_environment_variables_of_the_hub(hub, tmp_path):
    """As users have them: a tool in a process of its own."""
    command = [sys.executable, ROOT / 'tools/convert/export_backbone.py', 'hf://me/net', 'x.pth']
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, 'HF_ENDPOINT': hub.endpoint, 'HF_HOME': str(tmp_path / 'home')},
    )
    assert done.returncode == 0, done.stderr
    weights = torch.load(tmp_path / 'x.pth', weights_only=True)
    assert fingerprint(weights) == SHIPPED.fingerprint
    assert (tmp_path / 'home/hub/models--me--net').is_dir()


@pytest.mark.parametrize('how', ['HF_HUB_OFFLINE', 'no network'])
def test_the_cache_serves_without_a_network(hub, monkeypatch, how):
    read_checkpoint('hf://me/net')
    hub.asked.clear()
    if how == 'no network':
        nobody = 'http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}'
        monkeypatch.setattr(constants, 'HUGGINGFACE_CO_URL_TEMPLATE', nobody)
        monkeypatch.setattr(constants, 'ENDPOINT', 'http://127.0.0.1:9')
        reason = 'http://127.0.0.1:9 cannot be reached: go online'
    else:
        monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
        reason = 'HF_HUB_OFFLINE is set: unset it'
    assert len(read_checkpoint('hf://me/net')['state_dict']) == 54
    assert f'record.json of hf://me/other is not in the cache, and {reason}' in refused(
        'hf://me/other'
    )
    assert not hub.asked


@pytest.mark.parametrize(
    'address',
    ['hf://', 'hf://me', 'hf:///net', 'hf://me/net/../x.pth', 'hf://me/net@/x', 'hf://me/n t'],
)
def test_malformed_addresses(hub, address):
    assert f'{address!r} is not an address' in refused(address)
    assert not hub.asked


def test_addresses():
    whole = HubAddress.parse('hf://me/net-1.0@refs/x.pth')
    assert whole == HubAddress('me/net-1.0', 'refs', 'x.pth')
    assert str(whole) == 'hf://me/net-1.0@refs/x.pth'
    assert HubAddress.parse('hf://a/b/c/d') == HubAddress('a/b', None, 'c/d')


@pytest.mark.parametrize(
    'address, message',
    [
        ('hf://me/none', 'there is no repository me/none at http://127.0.0.1'),
        ('hf://me/net@v9', "there is no revision 'v9' of me/net at http"),
        ('hf://me/net/no.pth', "there is no file 'no.pth' in me/net at http"),
    ],
)
def test_what_a_hub_does_not_have(hub, address, message):
    assert message in refused(address)


def test_without_the_extra(hub, monkeypatch):
    imported = builtins.__import__

    def missing(name, *arguments, **options):
        if name.startswith('huggingface_hub'):
            raise ImportError(name)
        return imported(name, *arguments, **options)

    monkeypatch.setattr(builtins, '__import__', missing)
    assert refused('hf://me/net').endswith('not installed: pip install "tev_mmaction[hub]"')


def test_a_checksum_that_is_not_the_records(hub):
    hub.repos['me/net']['record.json'] = record(sha256='0' * 64)
    said = refused('hf://me/net')
    assert 'is damaged, or another file: its checksum is not the one in the record' in said
    assert 'Remove ' in said and 'it is fetched again' in said


def test_files_that_were_damaged_in_the_cache(hub, tmp_path):
    content = SHIPPED.file.read_bytes()
    hub.repos['me/net']['other.safetensors'] = content + b'1'  # another blob than the network's
    for address in ('hf://me/net', 'hf://me/net/other.safetensors'):
        try:
            read_checkpoint(address)
        except ValueError as error:
            assert 'no checkpoint that can be read safely' in str(error)
    for number, address in enumerate(('hf://me/net', 'hf://me/net/other.safetensors')):
        name = hashlib.sha256(content + b'1' * number).hexdigest()
        (blob,) = (tmp_path / 'hub').glob(f'*/blobs/{name}')
        blob.write_bytes(blob.read_bytes()[:-100])
        said = refused(address)
        assert 'damaged' in said and f'Remove {blob}, and it is fetched again' in said
        blob.unlink()
    assert read_checkpoint('hf://me/net')


def test_a_download_that_is_cut_off(hub, tmp_path):
    hub.cut.add('model.safetensors')
    said = refused('hf://me/net')
    assert 'model.safetensors of hf://me/net cannot be fetched (' in said and 'try again' in said
    hub.cut.clear()
    assert read_checkpoint('hf://me/net')


@pytest.mark.parametrize(
    'content, message',
    [
        (record(requires='tev_mmaction>=99.1'), 'hf://me/net needs tev_mmaction 99.1 or newer'),
        (record(requires='torch>=2'), "requires='torch>=2', which is not of the form"),
        (record(sha256=None, limits=None), 'it lacks limits, sha256'),
        (record(backbone='ResNet'), 'backbone is of another kind'),
        (b'<!doctype html>', 'cannot be read'),
        (b'[]', 'it has no keys'),
    ],
)
def test_records_that_cannot_be_used(hub, content, message):
    hub.repos['me/net']['record.json'] = content
    assert message in refused('hf://me/net')
    assert not [line for line in hub.asked if 'model.safetensors' in line]


def test_pickled_objects_are_not_run(hub, tmp_path):
    torch.save(dict(state_dict={}, meta=print), tmp_path / 'code.pth')
    hub.repos['me/net']['code.pth'] = (tmp_path / 'code.pth').read_bytes()
    assert 'hf://me/net/code.pth is no checkpoint that can be read safely' in refused(
        'hf://me/net/code.pth'
    )
