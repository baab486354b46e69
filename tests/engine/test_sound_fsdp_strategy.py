"""A model that is divided among two processes trains, is saved and is tested as any other.

Really spawned gloo processes run ``tools/train.py`` and ``tools/test.py``; the tests look at what
they left.
"""

import json
import re
from types import SimpleNamespace

import divided_runs as runs
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP

from processes import run_ranks
from tev_mmaction.apis import VideoEmbedder
from tev_mmaction.engine import SoundFSDPStrategy
from tev_mmaction.models.backbone_weights import weights_of_backbone
from tev_mmaction.models.fingerprint import fingerprint
from tev_mmaction.reporting import read_evaluations

LAST = f'epoch_{runs.EPOCHS}.pth'
WITHIN = 'within_epoch.pth'


def work(rank, folder, clips):
    """What one process does; leaves a file for the parent."""
    probe = dict(
        type='OnlineProbeHook',
        gallery_ann_file=str(folder / 'gallery.txt'),
        ann_file=str(folder / 'queries.txt'),
        data_prefix=dict(video=str(clips)),
        interval=runs.EPOCHS,
    )
    said = {}

    def train(name, strategy, *arguments, hooks=(), **changes):
        config = runs.training(clips, folder / name, strategy, (*hooks, probe), **changes)
        said[name] = runs.run('train', config, *arguments)

        runs.dist.barrier()

    stop = dict(type='StopAtHook', iteration=runs.STOPPED)
    train('plain', None)
    train('divided', runs.FSDP, hooks=[stop], timed=True)
    if rank == 0:
        torch.save(torch.load(folder / 'divided' / WITHIN, weights_only=False), folder / WITHIN)
    train('divided', runs.FSDP, '--resume')
    train('undivided', None, '--resume', str(folder / WITHIN))
    short = dict(train_cfg=dict(type='MidEpochTrainLoop', max_epochs=1))
    train('bfloat16', runs.FSDP, '--amp', **short)
    train('spoiled', runs.FSDP, hooks=[dict(type='SpoilHook')], **short)
    policy = dict(type='wrap_classes', classes=['Bloc'])
    train('unknown', dict(runs.FSDP, model_wrapper=dict(auto_wrap_policy=policy)), **short)
    for name, strategy in (('tested', None), ('tested_divided', runs.FSDP)):
        config = runs.testing(clips, folder / name, strategy)
        said[name] = runs.run('test', config, folder / 'divided' / LAST)
    torch.save(said, folder / f'{rank}.pt')


@pytest.fixture(scope='module')
def folder(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp('ranks')
    lines = (clips / 'train.txt').read_text().splitlines(keepends=True)
    (folder / 'gallery.txt').write_text(''.join(lines[:6]))
    (folder / 'queries.txt').write_text(''.join(lines[6:]))
    run_ranks(work, 2, folder, clips)
    for rank in range(2):
        said = torch.load(folder / f'{rank}.pt')
        assert re.match('ValueError: .*chooses no module.* Block, ', said.pop('unknown'))
        assert set(said.values()) == {''}
    return folder


def checkpoint(folder, name):
    return torch.load(folder / name / LAST, weights_only=False)


def assert_close(found, expected):
    """State dicts of models or optimizers."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, dict):
            assert_close(found[name], value)
        elif isinstance(value, torch.Tensor):
            torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)
        else:
            assert found[name] == value


def test_losses_and_the_norm_of_gradients_are_those_of_the_plain_run(folder):
    """Of a run that was stopped within an epoch, and went on in another process group."""
    plain, divided = (runs.logged(folder / name) for name in ('plain', 'divided'))
    assert [line['iter'] for line in plain] == list(range(1, runs.EPOCHS * runs.LENGTH + 1))
    assert [line['iter'] for line in divided] == [line['iter'] for line in plain][runs.STOPPED :]
    divided = [*runs.logged(folder / 'divided', start=0), *divided]
    figures = ('loss', 'loss_equivariance', 'acc_speed', 'grad_norm', 'lr', 'feature_std', 'rankme')
    for expected, found in zip(plain, divided, strict=True):
        assert {k: found[k] for k in figures if k in expected} == pytest.approx(
            {k: expected[k] for k in figures if k in expected}, rel=1e-4
        )
        assert expected['grad_norm'] > 0.05, 'gradients are clipped'


@pytest.mark.parametrize('name', ['divided', 'undivided'])
def test_a_checkpoint_is_that_of_the_plain_run(folder, name):
    """Of FSDP that resumed its own, and of a plain run that resumed one of FSDP."""
    found, expected = checkpoint(folder, name), checkpoint(folder, 'plain')
    assert found.keys() == expected.keys()
    assert found['meta'].keys() == expected['meta'].keys()
    assert (found['meta']['epoch'], found['meta']['iter']) == (2, 6)
    assert_close(found['state_dict'], expected['state_dict'])
    assert_close(found['optimizer'], expected['optimizer'])


def test_a_plain_run_resumes_a_checkpoint_of_a_divided_one(folder):
    assert [line['iter'] for line in runs.logged(folder / 'undivided')] == [5, 6]


def test_the_online_probe_sees_the_same_features(folder):
    plain, divided = (read_evaluations(str(folder / name)) for name in ('plain', 'divided'))
    assert plain and divided == plain


def test_losses_are_float32_under_mixed_precision(folder):
    for found, expected in zip(runs.logged(folder / 'bfloat16'), runs.logged(folder / 'plain')):
        assert found['loss'] == pytest.approx(expected['loss'], rel=0.05)
        assert found['loss'] != torch.tensor(found['loss']).bfloat16().item()


def test_a_test_divides_the_model_too(folder):
    plain, divided = (
        json.loads(next((folder / name).glob('*/evaluation_test.json')).read_text())
        for name in ('tested', 'tested_divided')
    )
    weights = weights_of_backbone(checkpoint(folder, 'divided'))
    assert plain['fingerprint'] == divided['fingerprint'] == fingerprint(weights)
    (expected,), (found,) = (each['evaluations'] for each in (plain, divided))
    assert found['results'] == pytest.approx(expected['results'], rel=1e-4)


def test_the_file_is_loaded_by_evaluations_and_by_stock_code(folder, clips):
    init_default_scope('mmaction')
    path = str(folder / 'divided' / LAST)
    weights = weights_of_backbone(checkpoint(folder, 'divided'))
    embedder = VideoEmbedder(path)
    assert embedder.embed([clips / 'sub 0/clip_00.mp4']).shape == (1, 32)
    stock = MODELS.build(
        dict(
            runs.BACKBONE,
            init_cfg=dict(type='Pretrained', checkpoint=path, prefix='backbone.'),
        )
    )
    stock.init_weights()
    assert embedder.fingerprint == fingerprint(stock) == fingerprint(weights)


def test_no_process_saves_what_one_has_lost(folder):
    assert (folder / 'bfloat16/epoch_1.pth').exists()
    assert not list((folder / 'spoiled').glob('*.pth'))


def test_averages_of_whole_weights_are_refused(tmp_path):
    strategy = SoundFSDPStrategy(work_dir=str(tmp_path), env_kwargs=dict(launcher='none'))
    with pytest.raises(ValueError, match='momentum_encoder averages whole weights.*without strat'):
        strategy._wrap_model(SimpleNamespace(momentum_encoder=True))


def test_arguments_that_spoil_weights_or_checkpoints_are_refused():
    with pytest.raises(ValueError, match="state_dict_cfg='local': only 'full', one file"):
        SoundFSDPStrategy(state_dict_cfg='local')
    with pytest.raises(ValueError, match='skip_init_weights=True leaves'):
        SoundFSDPStrategy(skip_init_weights=True)
    with pytest.raises(ValueError, match='use_orig_params=False joins parameters.*leave it out'):
        SoundFSDPStrategy(model_wrapper=dict(use_orig_params=False))


def test_state_of_unknown_parameters_is_not_lost(tmp_path, monkeypatch):
    strategy = SoundFSDPStrategy(work_dir=str(tmp_path), env_kwargs=dict(launcher='none'))
    strategy.model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(strategy.model.parameters(), lr=1.0)
    strategy.optim_wrapper = OptimWrapper(optimizer)
    whole = dict(state=dict(bias=dict(step=1)))
    monkeypatch.setattr(FSDP, 'optim_state_dict', lambda *_: whole)
    assert strategy.optim_state_dict()['state'] == {1: dict(step=1)}
    whole['state']['other.weight'] = dict(step=1)
    with pytest.raises(ValueError, match='1 names that are none of its .*as other.weight'):
        strategy.optim_state_dict()
