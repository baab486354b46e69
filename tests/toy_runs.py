"""Runs of mmengine's Runner that take a moment: tiny recognizers on clips in memory."""

import itertools
import logging

import torch
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, save_checkpoint
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import Dataset

from helpers import model_cfg

SMALL = dict(type='VideoResNet', depth=10, base_channels=4, stem_kernel=(3, 3, 3))
TENSORS = 9 * 5  # convolutions, each with a batch-norm of weight, bias, mean and variance
HOOK = dict(type='BackboneWeightsHook')
SLOW_ONLY = dict(
    type='ResNet3dSlowOnly',
    depth=18,
    pretrained=None,
    base_channels=4,
    conv1_kernel=(1, 3, 3),
    inflate=(0, 0, 1, 1),
)

_numbers = itertools.count()


@DATASETS.register_module()
class ToyClips(Dataset):
    """Two noise clips of 4 frames, 16x16, of one class each."""

    metainfo = dict()

    def __len__(self):
        return 2

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        clip = torch.randint(256, (1, 3, 4, 16, 16), generator=generator, dtype=torch.uint8)
        return dict(inputs=clip, data_samples=ActionDataSample().set_gt_label(index))


def recognizer_cfg(backbone=SMALL):
    """A stock recognizer, as for fine-tuning."""
    return dict(
        type='Recognizer3D',
        backbone=backbone,
        cls_head=dict(type='I3DHead', in_channels=32, num_classes=2, average_clips='prob'),
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )


def runner_of(work_dir, model=None, hook=HOOK, max_epochs=1, **changes) -> Runner:
    """A runner of one iteration an epoch, that validates and tests on the same two clips."""
    loader = dict(
        batch_size=2,
        num_workers=0,
        dataset=dict(type='ToyClips'),
        sampler=dict(type='DefaultSampler', shuffle=False),
    )
    cfg = dict(
        default_scope='mmaction',
        experiment_name=f'toy_{next(_numbers)}',  # else runs of one second share their logs
        model=model or recognizer_cfg(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1),
        val_dataloader=loader,
        val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='AccMetric'),
        test_dataloader=loader,
        test_cfg=dict(type='TestLoop'),
        test_evaluator=dict(type='AccMetric'),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        custom_hooks=[hook] if isinstance(hook, dict) else list(hook),
        randomness=dict(seed=1),
    )
    cfg.update(changes)
    runner = Runner.from_cfg(Config(cfg))
    runner.logged = []
    handler = logging.Handler()
    handler.emit = runner.logged.append
    runner.logger.addHandler(handler)
    return runner


def messages(runner, part, level=None) -> list:
    """What the runner logged, as far as it contains a part (at a level, such as 'WARNING')."""
    lines = [(record.levelname, record.getMessage()) for record in runner.logged]
    return [line for name, line in lines if part in line and level in (None, name)]


def vary(module, seed=0):
    """Other weights and statistics than those that an initialisation gives."""
    generator = torch.Generator().manual_seed(seed)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator).div(5).add(0.05))
        else:
            tensor.fill_(7)
    return module


def pretrained(**changes):
    """A pre-trained TimeEquivariantRecognizer, with all its heads."""
    init_default_scope('mmaction')
    return vary(MODELS.build(model_cfg(**changes)))


def save(path, state, **meta) -> str:
    """A checkpoint as mmengine writes it."""
    save_checkpoint(dict(meta=dict(epoch=3, **meta), state_dict=state), str(path))
    return str(path)


def assert_same(actual, expected):
    """Equal names and values of two state dicts."""
    assert actual.keys() == expected.keys()
    for name in actual:
        assert torch.equal(actual[name], expected[name]), name


def hook_of(runner):
    return next(hook for hook in runner.hooks if type(hook).__name__ == 'BackboneWeightsHook')


def loaded_line(source, mark, matched=TENSORS, total=TENSORS, kind='VideoResNet'):
    return f'backbone {kind}: {matched} of {total} tensors loaded from {source}, fingerprint {mark}'


def without(state, *parts):
    return {name: t for name, t in state.items() if not any(part in name for part in parts)}


def trained(backbone):
    """Statistics of batch-norm that training leaves, at which no activation explodes."""
    torch.manual_seed(0)
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm3d):
            for tensor in (module.weight.data, module.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (module.bias.data, module.running_mean):
                tensor.uniform_(-0.2, 0.2)
            module.num_batches_tracked.fill_(7)
    return backbone.eval()


def read(path):
    return load_file(path) if path.suffix == '.safetensors' else torch.load(path, weights_only=True)


def clip(*shape):
    return torch.randn(2, 3, *shape, generator=torch.Generator().manual_seed(0))
