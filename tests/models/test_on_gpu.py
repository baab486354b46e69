"""A GPU trains as the CPU does: precision, memory order, chunks, compilation, several GPUs."""

import pytest
import torch
from mmaction.registry import OPTIM_WRAPPERS
from mmengine.dataset import pseudo_collate
from mmengine.model import MMDistributedDataParallel
from mmengine.model.utils import convert_sync_batchnorm
from mmengine.registry import init_default_scope
from networks import BATCH, GROUP_NORM, LOG_NAMES, TASKS, build, clips, close, gradients, raw_batch
from pairs import samples_of
from test_clip_pair_data_preprocessor import batch_of, preprocessor

from helpers import build_dataset, deferred_pipeline, model_cfg
from processes import run_ranks

pytestmark = pytest.mark.gpu
NAMES = (*BATCH, 'equal', 'equal', 'before')
DEVICE_JITTER = dict(
    model_cfg()['data_preprocessor'], type='ClipPairDataPreprocessor', non_blocking=True
)


def step(model, inputs, names=BATCH):
    """Losses and gradients of a step, on the CPU."""
    device = next(model.parameters()).device
    logs = model(inputs.to(device), samples_of(names), mode='loss')
    model.parse_losses(logs)[0].backward()
    logs = {name: value.detach().cpu() for name, value in logs.items()}
    return logs, {name: grad.cpu() for name, grad in gradients(model).items()}


def assert_same_step(model, other, inputs, tolerance, names=BATCH):
    for found, expected in zip(step(model, inputs, names), step(other, inputs, names)):
        close(found, expected, tolerance)


@pytest.mark.parametrize('changes', [{}, dict(channels_last=True)], ids=['', 'channels_last_3d'])
def test_losses_and_gradients_are_those_of_the_cpu(gpu, changes):
    assert_same_step(build(**changes).double().to(gpu), build().double(), clips().double(), 1e-8)


def test_chunks_give_the_whole_step(gpu):
    chunked = build(backbone=GROUP_NORM, chunk_size=3).double().to(gpu)
    whole = build(backbone=GROUP_NORM).double().to(gpu)
    assert_same_step(chunked, whole, clips(len(NAMES)).double(), 1e-8, NAMES)


def test_memory_of_chunks_does_not_grow_with_the_batch(cuda):
    """The peak of a step, without the clips themselves."""
    peaks = {}
    for chunk_size in (2, None):
        model = build(backbone=GROUP_NORM, chunk_size=chunk_size).to(cuda)
        for number in (4, 4, 16):  # the first makes what every later one needs
            inputs = clips(number, shape=(3, 8, 64, 64)).to(cuda)
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            step(model, inputs, (BATCH * 4)[:number])
            peaks[chunk_size, number] = torch.cuda.max_memory_allocated() - before
            model.zero_grad()
    assert peaks[2, 16] < 1.2 * peaks[2, 4]
    assert peaks[None, 16] > 2 * peaks[None, 4]  # as the measurement would see it


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_mixed_precision_has_losses_in_float32(gpu, dtype):
    wrappers = [dict(type='OptimWrapper'), dict(type='AmpOptimWrapper', dtype=dtype)]
    if gpu == 'cpu':
        if dtype == 'float16':
            pytest.skip('a CPU has bfloat16 only')
        wrappers[1] = dict(type='BFloat16OptimWrapper')
    losses = []
    for wrapper in wrappers:
        model = build(backbone=GROUP_NORM).to(gpu)
        outputs = []
        model.backbone.stem[0].register_forward_hook(lambda *args, to=outputs: to.append(args[-1]))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        optim = OPTIM_WRAPPERS.build(dict(wrapper, optimizer=optimizer))
        before = [parameter.detach().clone() for parameter in model.parameters()]
        # More than one: the first steps find the scale of float16.
        logs = [model.train_step(raw_batch(), optim) for _ in range(12)]
        assert set(logs[0]) == {'loss', *LOG_NAMES}
        assert all(value.isfinite() for each in logs for value in each.values())
        assert all(logs[0][f'loss_{task}'].dtype == torch.float32 for task in TASKS)
        after = list(model.parameters())
        assert all(p.dtype == torch.float32 and p.isfinite().all() for p in after)
        assert sum(not torch.equal(p, old) for p, old in zip(after, before)) > 20
        losses.append([logs[0][f'loss_{task}'].item() for task in TASKS])
    assert outputs[0].dtype == getattr(torch, dtype)
    assert losses[1] == pytest.approx(losses[0], abs=0.15) and losses[1] != losses[0]


def test_the_preprocessor_jitters_as_on_the_cpu(gpu):
    batch = batch_of(3)
    there = preprocessor().to(gpu)(batch)['inputs']
    assert there.device.type == torch.device(gpu).type
    close(there.cpu(), preprocessor()(batch)['inputs'], 1e-4)


def test_a_compiled_backbone_trains_as_the_plain_one(gpu):
    compiled, plain = build().to(gpu), build().to(gpu)
    compiled.backbone.compile()
    assert_same_step(compiled, plain, clips(), 1e-3)


def test_the_tasks_are_learned(gpu, clips_batch):
    """Fifty steps on the same pairs of clips, with colours on the device."""
    model = build(data_preprocessor=DEVICE_JITTER).to(gpu)
    amp = dict(type='BFloat16OptimWrapper' if gpu == 'cpu' else 'AmpOptimWrapper')
    optim = OPTIM_WRAPPERS.build(dict(amp, optimizer=torch.optim.Adam(model.parameters(), lr=3e-3)))
    logs = [model.train_step(clips_batch, optim) for _ in range(50)]
    for task in TASKS:
        first, last = (
            sum(each[f'loss_{task}'].item() for each in logs[part]) / 5
            for part in (slice(5), slice(-5, None))
        )
        assert last < 0.8 * first, (task, first, last)


@pytest.fixture
def clips_batch(clips):
    """A batch of 12 videos, as the data loader hands it over."""
    torch.manual_seed(0)
    dataset = build_dataset(clips, pipeline=deferred_pipeline())
    return pseudo_collate(dataset.__getitems__(list(range(len(dataset)))))


def train_rank(rank, folder):
    """A step of half of the videos on one of two GPUs, with batch-norm over both."""
    torch.cuda.set_device(rank)
    init_default_scope('mmaction')
    model = convert_sync_batchnorm(build()).cuda()
    wrapped = MMDistributedDataParallel(model, device_ids=[rank])
    part = slice(4 * rank, 4 * rank + 4)
    logs = wrapped(clips(8)[part].cuda(), samples_of(BATCH * 2, range(8))[part], mode='loss')
    model.parse_losses(logs)[0].backward()
    found = {name: grad.cpu() for name, grad in gradients(model).items()}
    torch.save((logs['loss_equivariance'].item(), found), f'{folder}/{rank}.pt')


def test_two_gpus_train_as_one(cuda, tmp_path):
    """Invariant 5 by NCCL, with PyTorch's SyncBatchNorm."""
    if torch.cuda.device_count() < 2:
        pytest.skip('one GPU: NCCL needs two')
    run_ranks(train_rank, 2, str(tmp_path), backend='nccl')
    model = build().to(cuda)
    logs = model(clips(8).to(cuda), samples_of(BATCH * 2, range(8)), mode='loss')
    model.parse_losses(logs)[0].backward()
    for rank in range(2):
        loss, found = torch.load(tmp_path / f'{rank}.pt')
        assert loss == pytest.approx(logs['loss_equivariance'].item(), abs=1e-4)
        close(found, {name: grad.cpu() for name, grad in gradients(model).items()}, 1e-3)
