"""A loss that is no number ends a run; nothing is counted as a hit meanwhile."""

import math

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.hooks import Hook
from mmengine.model import BaseModel

from tev_mmaction.models.heads import SpeedHead
from tev_mmaction.models.losses import InfoNCELoss
from toy_runs import messages, runner_of

HOOKS_OF_RUN = dict(
    checkpoint=dict(type='SoundCheckpointHook', interval=1, max_keep_ckpts=2),
    non_finite=dict(type='NonFiniteHook', max_steps=3),
)


@MODELS.register_module()
class LossesOf(BaseModel):
    """Loses what it is told; its weight becomes NaN where the loss is."""

    def __init__(self, losses):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.losses = iter(losses)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        loss = self.weight * next(self.losses)
        return dict(loss_cls=loss, top1_acc=torch.tensor(0.9))


def losing(work_dir, losses, **changes):
    nothing = dict.fromkeys(('val_dataloader', 'val_cfg', 'val_evaluator'))
    changes = {**nothing, 'max_epochs': len(losses), 'default_hooks': HOOKS_OF_RUN, **changes}
    return runner_of(work_dir, dict(type='LossesOf', losses=losses), hook=(), **changes)


def test_it_stops_and_names_the_last_sound_checkpoint(tmp_path):
    runner = losing(tmp_path, [1.0] * 4 + [math.nan] * 9)
    with pytest.raises(FloatingPointError, match='for 3 iterations in a row, until iteration 7'):
        runner.train()
    assert sorted(path.name for path in tmp_path.glob('*.pth')) == ['epoch_3.pth', 'epoch_4.pth']
    assert torch.load(tmp_path / 'epoch_4.pth', weights_only=True)['state_dict']['weight'] < 1
    assert (tmp_path / 'last_checkpoint').read_text().endswith('epoch_4.pth')
    assert messages(runner, f'last sound checkpoint is {tmp_path}/epoch_4.pth')
    assert messages(runner, 'no checkpoint is saved at epoch 5: 1 tensors', 'WARNING')


@pytest.mark.parametrize('value', [math.inf, -math.inf, math.nan])
def test_single_steps_pass(tmp_path, value):
    """As with the loss scaling of mixed precision; no gradient comes of a detached loss."""
    runner = losing(
        tmp_path, [1.0, value, value, 1.0, value, value, 1.0], optim_wrapper=dict(
            type='OptimWrapper', optimizer=dict(type='SGD', lr=0.0), clip_grad=None)
    )  # fmt: skip
    runner.model.register_forward_hook(
        lambda module, args, out: {k: v.detach().requires_grad_() for k, v in out.items()}
    )
    runner.train()
    assert runner.epoch == 7 and (tmp_path / 'epoch_7.pth').exists()


def test_accuracies_of_such_a_loss_are_no_hits(tmp_path):
    runner = losing(tmp_path, [1.0, math.nan])
    runner.train()
    logged = runner.message_hub.get_scalar('train/top1_acc').data[0]
    assert logged.tolist() == [pytest.approx(0.9), 0.0]


@pytest.mark.parametrize('steps', [0, -1, 1.5, True])
def test_wrong_arguments_are_refused(steps):
    with pytest.raises(ValueError, match='max_steps='):
        HOOKS.build(dict(type='NonFiniteHook', max_steps=steps))


@HOOKS.register_module()
class Spoiler(Hook):
    """Makes a weight NaN before scores are computed."""

    def before_val(self, runner):
        runner.model.cls_head.fc_cls.bias.data[0] = math.nan

    before_test = before_val


def test_scores_that_are_no_numbers(tmp_path):
    hooks = [dict(type='Spoiler')]
    best = {**HOOKS_OF_RUN, 'checkpoint': dict(HOOKS_OF_RUN['checkpoint'], save_best='acc/top1')}
    runner = runner_of(tmp_path, hook=hooks, default_hooks=best)
    runner.train()
    (warning,) = messages(runner, 'cannot be given', 'WARNING')
    assert 'scores of 2 of 2 videos are not finite' in warning and 'acc/top1' in warning
    assert math.isnan(runner.message_hub.get_scalar('val/acc/top1').current())
    assert not list(tmp_path.glob('best*'))
    with pytest.raises(FloatingPointError, match='scores of .* are not finite'):
        runner_of(tmp_path, hook=hooks, default_hooks=HOOKS_OF_RUN).test()


def test_our_heads_count_no_hits():
    head = SpeedHead(in_channels=4, speeds=(1, 2))
    features = torch.full((4, 2, 4), torch.nan)
    logs = head.loss(features, dict(speeds=torch.ones(4, 2, dtype=torch.long)))
    assert logs['acc'] == 0 and logs['loss'].isnan()
    embeddings = torch.full((4, 8), torch.nan)
    contrast = InfoNCELoss().contrast(embeddings, torch.tensor([0, 0, 1, 1]))
    assert contrast.accuracy == 0
