"""A published folder: it is the network again, whole or absent, the same each time."""

import hashlib
import json
import re
import runpy
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from safetensors import safe_open

from helpers import ROOT, dataset_cfg, model_cfg
from reporting.run_folders import retrieval_record, write_evaluation
from tev_mmaction.apis import VideoEmbedder, publish
from tev_mmaction.evaluation import EvaluationRecord
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.version import __version__
from tev_mmaction.weights import find_weights, get_weights
from toy_runs import SMALL, assert_same, messages, read, runner_of, save

FILES = ['README.md', 'config.py', 'model.safetensors', 'record.json']
QUICK = dict(num_clips=1, crops='center')


@pytest.fixture(scope='module')
def work_dir(pretrained, tmp_path_factory):
    """Of a training, with a test of its last checkpoint, and one of another."""
    model, _ = pretrained
    folder = tmp_path_factory.mktemp('work') / 'tev_tiny'
    cfg = dict(
        model=model_cfg(),
        train_dataloader=dict(dataset=dataset_cfg('data/clips')),
        work_dir='/home/me/work',
        launcher='none',
    )
    folder.mkdir()
    named = dict(cfg=Config(cfg).pretty_text, seed=7, experiment_name='tev_tiny_20260102_100000')
    save(folder / 'epoch_3.pth', model.state_dict(), iter=30, **named)
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_3.pth'))
    mark = fingerprint(model.backbone)
    record = replace(retrieval_record([]), results={'R@1': 0.51234, 'C': 2.0}, chance={'R@1': 0.4})
    write_evaluation(folder, [record], when='test', fingerprint=mark)
    return folder


@pytest.fixture(scope='module')
def published(work_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp('published') / 'tiny'
    said = []
    record = publish(work_dir, out, licence='apache-2.0', limits='Tiny.', warn=said.append)
    assert not said and record == find_weights(out)
    return out


def test_it_is_the_same_network(published, work_dir, pretrained, noise):
    assert sorted(path.name for path in published.iterdir()) == FILES
    found = VideoEmbedder(published, **QUICK)
    expected = VideoEmbedder(work_dir / 'epoch_3.pth', **QUICK)
    assert found.protocol == expected.protocol and found.fingerprint == expected.fingerprint
    assert VideoEmbedder(published).protocol == VideoEmbedder(work_dir / 'epoch_3.pth').protocol
    assert found.checkpoint == str(published)
    features = found.embed(noise[0])
    assert np.array_equal(features, expected.embed(noise[0]))
    file = VideoEmbedder(published / 'model.safetensors', **QUICK)
    assert np.array_equal(file.embed(noise[0]), features)
    assert_same(read(published / 'model.safetensors'), pretrained[0].backbone.state_dict())


def test_weights_without_their_folder(published, tmp_path):
    """They say which network they are of, and need a config to be embedded with."""
    alone = tmp_path / 'alone.safetensors'
    alone.write_bytes((published / 'model.safetensors').read_bytes())
    assert find_weights(alone) is None
    with safe_open(alone, 'pt') as file:
        assert json.loads(file.metadata()['backbone'])['type'] == 'VideoResNet'
    with pytest.raises(ValueError, match='give config as well'):
        VideoEmbedder(alone)
    mark = find_weights(published).fingerprint
    assert VideoEmbedder(alone, config=published / 'config.py').fingerprint == mark


@pytest.mark.parametrize('name', ['', 'model.safetensors'])
def test_as_load_from(published, tmp_path, name):
    source = str(published / name)
    runner = runner_of(tmp_path, load_from=source)
    runner.test()
    mark = find_weights(published).fingerprint
    assert messages(runner, f'45 of 45 tensors loaded from {source}, fingerprint {mark}')
    assert runner.model.backbone.stem[0].out_channels == SMALL['base_channels']


def test_the_record_and_the_config(published):
    record = json.loads((published / 'record.json').read_text())
    content = (published / 'model.safetensors').read_bytes()
    assert record['sha256'] == hashlib.sha256(content).hexdigest()
    assert record['requires'] == f'tev_mmaction>={__version__}'
    assert record['training'] == dict(
        data='clips, train.txt', config='tev_tiny', epochs=3, iterations=30, seed=7
    )
    assert record['protocol'] == dict(
        clip_len=8, frame_interval=4, num_clips=10, crops='three', size=32
    )
    row = dict(dataset='made up', metric='R@1', value=0.5123, chance=0.4)
    assert record['results'][0] == dict(row, figure='made up, RetrievalMetric, R@1')
    assert 'name' not in record and 'file' not in record
    config = Config.fromfile(published / 'config.py')
    assert config.model.backbone == SMALL and 'work_dir' not in config and 'launcher' not in config
    shipped = get_weights('r3d10-motion')
    text = shipped.file.with_suffix('.json').read_text()
    assert json.loads(shipped.to_json()) == json.loads(text)  # one schema


def test_the_model_card(published):
    _, head, page = (published / 'README.md').read_text().split('---\n', 2)
    head = yaml.safe_load(head)
    assert head['license'] == 'apache-2.0' and head['library_name'] == 'tev_mmaction'
    assert head['pipeline_tag'] and 'self-supervised-learning' in head['tags']
    result = head['model-index'][0]['results'][0]
    assert result['dataset'] == dict(type='made-up', name='made up')
    assert result['metrics'] == [dict(type='r-1', name='R@1', value=0.5123)]
    assert '# tiny' in page and "VideoEmbedder('hf://OWNER/REPO')" in page
    assert '| made up, RetrievalMetric, R@1 | 0.5123 | 0.4 |' in page and 'Tiny.' in page


def test_the_hub_reads_the_card(published):
    hub = pytest.importorskip('huggingface_hub')
    data = hub.ModelCard.load(published / 'README.md').data
    assert [result.metric_value for result in data.eval_results] == [0.5123, 2.0]
    assert data.model_name == 'tiny' and data.license == 'apache-2.0'


def test_it_is_the_same_each_time(published, work_dir, tmp_path):
    publish(work_dir, tmp_path / 'a/tiny', licence='apache-2.0', limits='Tiny.')
    for name in FILES:
        assert (tmp_path / 'a/tiny' / name).read_bytes() == (published / name).read_bytes()


def test_a_network_of_single_frames_in_bgr(noise, tmp_path):
    """Both are in its config; the record has to say them."""
    cfg = dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=18, pretrained=None, norm_eval=False),
        cls_head=dict(type='TSNHead', num_classes=2, in_channels=512),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[10.0, 100.0, 200.0],
            std=[50.0, 60.0, 70.0],
            to_rgb=True,
            format_shape='NCHW',
        ),
    )
    model = MODELS.build(cfg)
    text = Config(dict(model=cfg)).pretty_text
    path = save(tmp_path / 'tsn.pth', model.state_dict(), cfg=text)
    record = publish(path, tmp_path / 'out', licence='mit')
    assert (record.recognizer, record.normalisation['to_rgb']) == ('Recognizer2D', True)
    options = dict(crops='center', size=32)
    features = VideoEmbedder(path, **options).embed(noise[0])
    assert np.array_equal(VideoEmbedder(tmp_path / 'out', **options).embed(noise[0]), features)
    (tmp_path / 'tsn.pth').unlink()


def test_a_network_of_the_package_again(tmp_path):
    record = publish('r3d10-motion', tmp_path / 'again', description='The same.')
    shipped = get_weights('r3d10-motion')
    assert (record.name, record.description) == ('again', 'The same.')
    for key in ('fingerprint', 'results', 'training', 'licence', 'protocol', 'backbone'):
        assert getattr(record, key) == getattr(shipped, key)
    assert_same(record.checkpoint()['state_dict'], shipped.checkpoint()['state_dict'])


def test_what_is_to_be_looked_at(work_dir, tmp_path):
    checkpoint = torch.load(work_dir / 'epoch_3.pth')
    checkpoint['meta']['cfg'] += "load_from = '/home/me/old.pth'\n"
    torch.save(checkpoint, tmp_path / 'a.pth')
    said = []
    publish(tmp_path / 'a.pth', tmp_path / 'out', warn=said.append)
    assert said[0] == 'config.py has 1 paths of this machine: /home/me/old.pth'
    assert 'licence is unknown' in said[1]
    assert 'license: unknown' in (tmp_path / 'out/README.md').read_text()


def test_a_damaged_folder(published, tmp_path):
    copy = shutil.copytree(published, tmp_path / 'copy')
    content = (copy / 'model.safetensors').read_bytes()
    (copy / 'model.safetensors').write_bytes(content[:-9])
    for source in (copy, copy / 'model.safetensors'):
        with pytest.raises(ValueError, match=f'is damaged, .*publish {copy} anew'):
            VideoEmbedder(source)
    (copy / 'model.safetensors').unlink()
    with pytest.raises(ValueError, match='cannot be read .*No such file'):
        VideoEmbedder(copy)
    record = (copy / 'record.json').read_text()
    (copy / 'record.json').write_text(record.replace(f'>={__version__}', '>=99.0'))
    with pytest.raises(ValueError, match='needs tev_mmaction 99.0 or newer'):
        VideoEmbedder(copy)


@pytest.fixture
def tool(capsys):
    main = runpy.run_path(str(ROOT / 'tools/convert/publish.py'))['main']

    def run(*arguments):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            assert stopped.code == 2
            return re.sub(r'\s+', ' ', capsys.readouterr().err.split('error: ')[1])
        return capsys.readouterr().out

    return run


def test_the_tool(tool, work_dir, tmp_path):
    said = tool(work_dir, tmp_path / 'out', '--licence', 'mit', '--name', 'my net')
    assert 'README.md, config.py, model.safetensors, record.json' in said
    assert f'hf upload OWNER/REPO {tmp_path}/out' in said
    assert '# my net' in (tmp_path / 'out/README.md').read_text()


def test_what_is_refused_leaves_nothing(tool, work_dir, pretrained, tmp_path, monkeypatch):
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full/a').touch()
    (tmp_path / 'runs').mkdir()
    other = write_evaluation(tmp_path / 'other', [retrieval_record([])])
    assert EvaluationRecord.read(next(other.glob('*/*.json'))).fingerprint == 'abcdef012345'
    torch.save(dict(pretrained[0].backbone.state_dict()), tmp_path / 'plain.pth')
    bad = torch.load(work_dir / 'epoch_3.pth')
    bad['state_dict']['backbone.stem.0.weight'][0] = float('nan')
    torch.save(bad, tmp_path / 'nan.pth')
    before = sorted(tmp_path.rglob('*'))
    out = tmp_path / 'new/out'
    for arguments, message in (
        ([work_dir, tmp_path / 'full'], 'there is something already, give another name: '),
        ([tmp_path / 'runs', out], 'has no checkpoint epoch_N.pth or iter_N.pth'),
        ([tmp_path / 'none.pth', out], 'there is no file'),
        ([tmp_path / 'plain.pth', out], 'give config as well'),
        ([tmp_path / 'nan.pth', out], '1 tensors are NaN or infinite (stem.0.weight)'),
        ([work_dir, out, '--evaluations', other], 'tested weights abcdef012345, these are'),
    ):
        assert message in tool(*arguments)
        assert sorted(tmp_path.rglob('*')) == before
    monkeypatch.setattr('tev_mmaction.apis.publishing.model_card', lambda record: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(work_dir, tmp_path / 'out')
    assert sorted(tmp_path.rglob('*')) == before
