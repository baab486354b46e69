"""Backbones other than the paper's: their configs build, train, and hand over all their weights.

At their declared size, all are built by this file itself, run as a script in one process that has
imported nothing of ours. Training is tried on small ones, see :mod:`tiny_backbones`.
"""

import json
import re
import sys
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from helpers import ROOT, frame_of
from processes import run
from tiny_backbones import PATHS, TINY, is_installed, shrink, skip_where_missing
from toy_runs import assert_same, hook_of, read, runner_of, save

DOCS = (ROOT / 'docs/backbones.md').read_text()
NAMES = [path.stem for path in PATHS]
# What a class token that alone is read leaves without gradient: how patch tokens ask.
ZERO_GRADIENTS = {
    'tev_mvit-s_k400': {f'attn.rel_pos_{axis}' for axis in 'hwt'} | {'attn.pool_q.weight'}
}


class Row(NamedTuple):
    """Of the table in docs/backbones.md."""

    name: str
    backbone: str
    clip: str
    width: str
    parameters: str
    stock: str
    settings: str
    takers: str


def rows():
    lines = [line for line in DOCS.splitlines() if line.startswith('| `tev_')]
    return [Row(*(cell.strip() for cell in line.strip('|').split('|'))) for line in lines]


ROWS = {row.name.strip('`'): row for row in rows()}


def pretraining(name, tiny=False):
    cfg = Config.fromfile(ROOT / 'configs/backbones' / f'{name}.py')
    if tiny:
        cfg.model.feature_dim = shrink(cfg.model, name)
        if TINY[name].heads:
            cfg.model.heads = {k: cfg.model.heads[k] for k in TINY[name].heads}
        if cfg.model.get('chunk_size') == 4:  # exact, so it is to be tried on four videos
            cfg.model.chunk_size = 2
    return cfg


def finetuning(name, folder, tiny=False):
    """The example of docs/backbones.md, for another row of the table."""
    row, example = ROWS[name], ROWS['tev_slowonly-r50_k400']
    (text,) = re.findall(r'```python\n(.*?)```', DOCS, re.DOTALL)
    settings = '' if row.settings == '–' else row.settings.strip('`')
    for old, new in (
        (example.stock.strip('`'), row.stock.strip('`')),
        (f'dict({example.settings.strip("`")})', f'dict({settings})'),
        ('tev_slowonly-r50_k400', name),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = Path(folder) / f'finetune_{name}.py'
    path.write_text(text)
    cfg = Config.fromfile(path)
    if tiny:
        cfg.model.cls_head.in_channels = shrink(cfg.model, name)
    return cfg


def batch_of(cfg, folder, number, size=None):
    """The first videos of a folder, as the config's loader gives them."""
    data = deepcopy(cfg.train_dataloader.dataset)
    data.update(data_root=str(folder), ann_file='train.txt', data_prefix=dict(video=''))
    if size:
        data.pipeline[0]['size'] = size
    return pseudo_collate(DATASETS.build(data).__getitems__(list(range(number))))


# ---- run in the clean process


def shapes_of(module):
    return {name: tuple(weight.shape) for name, weight in module.state_dict().items()}


def facts_of(name, clips, folder):
    from mmengine.registry import init_default_scope

    cfg = pretraining(name)  # the first one has to bring the plugin
    init_default_scope(cfg.default_scope)
    before = deepcopy(cfg.to_dict())
    model = MODELS.build(cfg.model)
    unchanged = cfg.to_dict() == before
    inputs = batch_of(cfg, clips, 8)['inputs']
    shape = inputs[0].shape
    features = model.to('meta').eval()(torch.empty(1, *shape, device='meta'), mode='tensor')
    stock = MODELS.build(finetuning(name, folder).model)
    return dict(
        unchanged=unchanged,
        clip=list(shape),
        features=list(features.shape),
        feature_dim=cfg.model.feature_dim,
        segments=getattr(model.backbone, 'num_segments', shape[2]),
        parameters=sum(p.numel() for p in model.backbone.parameters()) / 1e6,
        same_weights=shapes_of(stock.backbone) == shapes_of(model.backbone),
        takers=[type(stock).__name__, type(stock.cls_head).__name__],
        theirs=all(type(m).__module__.startswith('mmaction.') for m in (stock, stock.cls_head)),
        base_batch=cfg.auto_scale_lr.base_batch_size,
        batch=cfg.train_dataloader.batch_size,
        heads=sorted(model.heads),
        forwards=all(map(runs_forwards, inputs)),
        chunk_size=cfg.model.get('chunk_size'),
        normed=any(isinstance(m, _BatchNorm) for m in model.backbone.modules()),
    )


def runs_forwards(views):
    """Whether the frames of both clips (2, 3, T, H, W) follow one another."""
    numbers = [[frame_of(f.permute(1, 2, 0).numpy()) for f in view.unbind(1)] for view in views]
    return all(frames == sorted(frames) for frames in numbers)


# ---- run by pytest


@pytest.fixture(scope='module')
def facts(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp('finetuning')
    done = run(__file__, clips, folder, cwd='/')
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_no_config_is_missing_from_the_table_or_the_tests():
    assert set(NAMES) == set(ROWS) == set(TINY) and len(rows()) == len(NAMES) == 17


@pytest.mark.parametrize('name', NAMES)
def test_config(facts, name):
    """What it declares, at its declared size, is what the table says."""
    skip_where_missing(name)
    is_, row = facts[name], ROWS[name]
    text = (ROOT / 'configs/backbones' / f'{name}.py').read_text()
    assert len(text.splitlines()) < 20
    header = ' '.join(re.match('(#.*\n)+', text)[0].replace('#', ' ').split())
    frames, size = map(int, re.fullmatch(r'(\d+)×(\d+)²', row.clip).groups())
    assert f'{frames} frames' in header and f'{size}x{size}' in header
    assert 'global batch 192 = 8 GPUs x 24' in header
    assert (is_['base_batch'], is_['batch']) == (192, 24)
    assert is_['clip'] == [2, 3, frames, size, size]
    assert is_['features'] == [1, 2, int(row.width)] and is_['feature_dim'] == int(row.width)
    assert f'{is_["parameters"]:.2f}' == row.parameters
    assert is_['unchanged'], 'a model can be built of the config again'
    assert is_['segments'] == frames, 'a temporal shift stays within its clip'
    assert is_['same_weights'] and is_['theirs']
    assert is_['takers'] == re.findall('`(.+?)`', row.takers)
    averaged = 'Recognizer2D' in is_['takers'] and 'TSMHead' not in is_['takers']
    tasks = {'equivariance', 'instance', 'speed', 'direction', 'order'}
    assert set(is_['heads']) == tasks - ({'direction'} if averaged else set())
    assert is_['forwards'] == averaged, 'the mean of frames is the same backwards'
    if is_['chunk_size'] and is_['normed']:
        assert is_['chunk_size'] >= 12, 'batch-norm is to see many videos'


def train(model, data, optim_wrapper, iterations=2):
    """Gradients of the backbone at each step of the optimizer, by name."""
    gradients = []
    optim_wrapper.optimizer.register_step_pre_hook(
        lambda *_: gradients.append({n: p.grad for n, p in model.backbone.named_parameters()})
    )
    model.train()
    for _ in range(iterations):
        logs = model.train_step(deepcopy(data), optim_wrapper)
        assert all(value.isfinite().all() for value in logs.values())
    assert len(gradients) == iterations
    return gradients


def pooled_by_the_head(stock, clips):
    """What the first layer of a stock head gets of clips (N, C, T, H, W), in eval mode: (N, D)."""
    inputs = []
    linear = next(m for m in stock.cls_head.modules() if isinstance(m, nn.Linear))
    linear.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
    two_dimensional = type(stock).__name__ == 'Recognizer2D'
    clips = clips.transpose(1, 2) if two_dimensional else clips[:, None]
    stock(clips, mode='tensor', stage='head')
    rows = inputs[0].flatten(1).unflatten(0, (len(clips), -1))
    return rows.mean(1)  # TSMHead classifies frame by frame


@pytest.mark.parametrize('name', NAMES)
def test_training_and_handing_over(clips, tmp_path, export_tool, name):
    skip_where_missing(name)
    torch.manual_seed(0)
    cfg = pretraining(name, tiny=True)
    model = MODELS.build(cfg.model)
    model.init_weights()
    first = deepcopy(model.backbone.state_dict())
    data = batch_of(cfg, clips, 4, TINY[name].size)

    # every parameter learns, the first layers among them
    for gradients in train(model, data, build_optim_wrapper(model, cfg.optim_wrapper)):
        assert [n for n, g in gradients.items() if g is None] == []
        assert all(g.isfinite().all() for g in gradients.values())
    zero = {n for n, g in gradients.items() if not g.any()}
    last = f'blocks.{len(getattr(model.backbone, "blocks", ())) - 1}.'
    assert zero == {last + n for n in ZERO_GRADIENTS.get(name, ())}
    stems = [n for n, g in gradients.items() if g.ndim > 3 and g.shape[1] == 3]
    assert len(stems) == (2 if 'slowfast' in name else 1)
    for stem in stems:
        assert gradients[stem].abs().max() > 1e-6
        assert not torch.equal(model.backbone.state_dict()[stem], first[stem])

    # MMAction2's recognizer gets all of it, and its head sees the same features
    whole = save(tmp_path / 'epoch_1.pth', model.state_dict())
    plain = tmp_path / 'plain.pth'
    export_tool.main([whole, str(plain)])
    assert_same(read(plain), model.backbone.state_dict())
    tuned = finetuning(name, tmp_path, tiny=True)
    runner = runner_of(tmp_path, tuned.model, tuned.custom_hooks, load_from=whole)
    runner.model.init_weights()
    runner.load_or_resume()
    hook_of(runner).before_train(runner)
    assert hook_of(runner).matched == hook_of(runner).total > 0
    assert_same(runner.model.backbone.state_dict(), model.backbone.state_dict())

    model.train(False), runner.model.train(False)
    with torch.no_grad():
        inputs = model.data_preprocessor(deepcopy(data), False)['inputs']
        features = model(inputs, mode='tensor').flatten(0, 1)
        theirs = pooled_by_the_head(runner.model, inputs.flatten(0, 1))
    if 'slowfast' in name:  # fast before slow
        features = torch.cat(features.split((512, 64), dim=1)[::-1], dim=1)
    torch.testing.assert_close(features, theirs, rtol=1e-4, atol=1e-5)
    assert features.std(0).max() > 0, 'clips differ'


if __name__ == '__main__':
    torch.set_num_threads(1)
    for init in ('kaiming_uniform_', 'kaiming_normal_', 'uniform_', 'normal_'):
        setattr(nn.init, init, lambda tensor, *_, **__: tensor)  # weights do not matter here
    names = [name for name in NAMES if is_installed(name)]
    print(json.dumps({name: facts_of(name, *sys.argv[1:]) for name in names}))
