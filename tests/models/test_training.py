import pytest
import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.optim import OptimWrapper
from mmengine.runner import turn_on_activation_checkpointing
from networks import (
    GROUP_NORM,
    LOG_NAMES,
    TASKS,
    build,
    calls_of,
    clips,
    close,
    gradients,
    heads_but,
    loss_of,
    raw_batch,
)

from helpers import model_cfg
from tev_mmaction.engine import BFloat16OptimWrapper


@pytest.mark.parametrize('task', TASKS)
def test_every_head_alone_teaches_the_first_layer(task):
    model = build(heads=heads_but(*(set(TASKS) - {task})))
    loss_of(model).backward()
    grads = gradients(model)
    assert grads['backbone.stem.0.weight'].abs().max() > 1e-6
    assert all(grad.isfinite().all() for grad in grads.values())


def test_accumulated_gradients_are_the_mean_of_two_batches():
    expected = build()
    first = next(expected.parameters()).detach().clone()
    for seed in (0, 1):
        data = expected.data_preprocessor(raw_batch(seed=seed), True)
        loss = expected.parse_losses(expected(**data, mode='loss'))[0] / 2
        loss.backward()
    torch.optim.SGD(expected.parameters(), lr=0.1).step()

    model = build()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1), accumulative_counts=2)
    wrapper.initialize_count_status(model, 0, 2)
    model.train_step(raw_batch(seed=0), wrapper)
    assert torch.equal(next(model.parameters()), first)
    model.train_step(raw_batch(seed=1), wrapper)
    assert not torch.equal(next(model.parameters()), first)
    for (name, p), q in zip(model.named_parameters(), expected.parameters()):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-6, msg=lambda m, n=name: f'{n}: {m}')


def test_bfloat16_trains_on_the_cpu():
    model = build()
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='BFloat16OptimWrapper',
            optimizer=torch.optim.SGD(model.parameters(), lr=0.01),
        )
    )
    assert isinstance(wrapper, BFloat16OptimWrapper)
    dtypes = []
    model.backbone.stem[0].register_forward_hook(lambda *args: dtypes.append(args[-1].dtype))
    before = [p.detach().clone() for p in model.parameters()]
    for _ in range(2):
        logs = model.train_step(raw_batch(), wrapper)
        assert set(logs) == {'loss', *LOG_NAMES}
        assert all(value.isfinite() for value in logs.values())
        assert all(logs[f'loss_{task}'].dtype == torch.float32 for task in TASKS)
    assert dtypes == [torch.bfloat16] * 2
    after = list(model.parameters())
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in after)
    assert sum(not torch.equal(p, old) for p, old in zip(after, before)) > 20


def test_bfloat16_learns_what_float32_does():
    """Losses of the first step agree to the precision of bfloat16."""
    losses = []
    for wrapper in (OptimWrapper, BFloat16OptimWrapper):
        model = build(backbone=GROUP_NORM)
        logs = model.train_step(raw_batch(), wrapper(torch.optim.SGD(model.parameters(), lr=0.01)))
        losses.append([logs[f'loss_{task}'].item() for task in ('speed', 'direction', 'order')])
    assert losses[1] == pytest.approx(losses[0], abs=0.05) and losses[1] != losses[0]


@pytest.mark.filterwarnings('ignore:torch.utils.checkpoint')  # mmengine's call of it
@pytest.mark.parametrize('backbone', [GROUP_NORM, model_cfg()['backbone']], ids=['GN', 'BN eval'])
def test_activation_checkpointing_gives_the_same_gradients(backbone):
    grads, forwards = [], []
    for checkpointed in (False, True):
        model = build(backbone=backbone).double()
        model.backbone.eval()
        forwards.append(calls_of(model.backbone.layer1[0]))
        if checkpointed:
            turn_on_activation_checkpointing(model, ['backbone.layer1', 'backbone.layer2'])
        loss_of(model, clips().double()).backward()
        grads.append(gradients(model))
    assert [len(calls) for calls in forwards] == [1, 2]  # it was computed anew
    close(grads[1], grads[0], 1e-8)
