"""A batch that one device cannot hold goes through the backbone chunk by chunk.

A contrastive loss needs the features of the whole batch, but not its activations. Each chunk is run
under activation checkpointing: only its features are kept, and in the backward pass its activations
are computed anew, used and freed before the next chunk's. One chunk's activations are in memory at
a time, gradients are exactly those of one forward, and a step costs at most a forward more.

**Batch-norm** is the exception: it normalises each chunk by the chunk's statistics. What is tracked
is updated once a step, by the mean over chunks, as one forward of the mean statistics would. To
whom a video owes its statistics must not tell which videos are related (MoCo shuffles batches for
the same reason): the videos of a chunk are drawn from all over the batch, see :func:`chunk_order`,
so groups of videos, which are neighbours in a batch, are spread over chunks by chance. The two
clips of a video do share a chunk: for the instance task, a chunk of n videos leaves n − 1 negatives
that statistics cannot tell. Take large chunks, synchronised batch-norm, or a norm without batch
statistics.
"""

import logging
from functools import partial
from math import ceil
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.dist import all_gather, get_world_size
from mmengine.logging import print_log
from mmengine.runner.activation_checkpointing import wrap_forward
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm, _InstanceNorm
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.checkpoint import checkpoint

# The least chunk for batch statistics. Balanced splits halve it at worst, and one video alone
# would have statistics of its own.
MIN_CHUNK = 4
# Attributes by which backbones of MMAction2 and timm recompute activations themselves.
_RECOMPUTES = ('with_cp', 'grad_checkpointing', 'use_checkpoint')
_WRAPPED = wrap_forward(lambda: None).__code__


def chunk_order(videos: Tensor) -> Tensor:
    """A permutation that is independent of how a batch is grouped.

    It is a function of the batch's videos alone, so it differs between batches, and a resumed run
    repeats it.

    Args:
        videos (Tensor): Shape (N,), int64 ≥ 0, on the CPU; identities of the batch's videos.

    Returns:
        Tensor: Shape (N,), int64.
    """
    rng = np.random.default_rng(videos.tolist())
    return torch.from_numpy(rng.permutation(len(videos)))


class ChunkedForward:
    """Runs a network on a batch, at most ``chunk_size`` rows at a time.

    Under ``no_grad``, chunks are run without checkpointing. Random numbers (dropout, stochastic
    depth) and autocast are replayed in the recomputation.

    Args:
        chunk_size (int): Rows of a chunk at most; a batch is split into as few, nearly equal
            chunks as that allows.

    Raises:
        ValueError: If ``chunk_size`` is not a positive int; when called, see :meth:`__call__`.
    """

    def __init__(self, chunk_size: int):
        if not isinstance(chunk_size, int) or isinstance(chunk_size, bool) or chunk_size < 1:
            raise ValueError(
                f'model.chunk_size={chunk_size!r}: give the number of videos that fit into memory '
                'at a time, at least 1, or None for the whole batch'
            )
        self.chunk_size = chunk_size
        self._warned = False

    def __call__(
        self,
        function: Callable[[Tensor], Any],
        network: nn.Module,
        inputs: Tensor,
        order: Optional[Tensor] = None,
    ) -> Any:
        """Outputs of all rows, in the order of the inputs.

        Args:
            function (Callable): (n, ...) to (n, ...), or to a tuple of these, row by row but for
                norms; it runs ``network``, to which the norms and all that is recomputed belong.
            network (nn.Module): See above.
            inputs (Tensor): Shape (N, ...).
            order (Tensor, optional): Shape (N,), int64; the permutation by which rows are dealt
                out to chunks. None: chunks of consecutive rows.

        Returns:
            Tensor | tuple[Tensor]: Shape (N, ...), as of ``function``.

        Raises:
            ValueError: If the network recomputes activations itself, if chunks are too small for
                batch statistics, or if the ranks' batches cannot be split alike where batch-norm
                is synchronised.
        """
        differentiable = torch.is_grad_enabled()
        number = self._num_chunks(network, inputs)
        if number <= 1:
            return function(inputs)
        if differentiable:
            _check_recomputation(network)
        self._check_batch_statistics(network)

        order = None if order is None else order.to(inputs.device)
        norms = _tracking_norms(network)
        updates = _split_update(norms, number)
        frozen = StatisticsUpdate(norms, [0.0] * len(norms), counted=False)
        outputs = []
        for position, rows in enumerate(_split_rows(len(inputs), number, order)):
            # Else all chunks would share one cast of the weights, and their gradients would be
            # summed in the lower precision.
            torch.clear_autocast_cache()
            if differentiable and position < number - 1:
                chunk = checkpoint(
                    _run_rows,
                    function,
                    inputs,
                    rows,
                    use_reentrant=False,
                    context_fn=partial(_both, updates[position], frozen),
                )
            else:  # the backward pass begins with the last chunk: its activations may stay
                with updates[position]:
                    chunk = _run_rows(function, inputs, rows)
            outputs.append(chunk)
        torch.clear_autocast_cache()
        if isinstance(outputs[0], Tensor):
            return _join(outputs, order)
        return tuple(_join(parts, order) for parts in zip(*outputs))

    def _num_chunks(self, network: nn.Module, inputs: Tensor) -> int:
        """Chunks of this batch; of all ranks' batches where norms talk to other ranks."""
        number = ceil(len(inputs) / self.chunk_size)
        if get_world_size() == 1 or not any(
            isinstance(module, nn.SyncBatchNorm) and module.training for module in network.modules()
        ):
            return number
        counts = all_gather(torch.tensor([len(inputs)], device=inputs.device))
        counts = torch.cat(counts).tolist()
        number = ceil(max(counts) / self.chunk_size)
        if number > min(counts):
            raise ValueError(
                f'the ranks hold {counts} videos, which cannot be split into {number} chunks each, '
                'as synchronised batch-norm needs: set train_dataloader.drop_last=True'
            )
        return number

    def _check_batch_statistics(self, network: nn.Module) -> None:
        if self._warned:
            return
        norms = [
            name
            for name, module in network.named_modules()
            if isinstance(module, _BatchNorm) and (module.training or module.running_mean is None)
        ]
        if not norms:
            return
        remedy = (
            "a norm without batch statistics (norm_cfg=dict(type='GN', num_groups=...)) or frozen "
            'ones (norm_eval=True)'
        )
        if self.chunk_size < MIN_CHUNK:
            raise ValueError(
                f'model.chunk_size={self.chunk_size} leaves batch-norm ({norms[0]}, ...) too few '
                f'videos, whose statistics would tell them apart: use at least {MIN_CHUNK}, or '
                f'{remedy}'
            )
        self._warned = True
        print_log(
            f'{len(norms)} batch-norms ({norms[0]}, ...) normalise chunks of up to '
            f'{self.chunk_size} videos, not the whole batch: the larger model.chunk_size, the less '
            f'InstanceHead can learn from that. Exact are {remedy}',
            logger='current',
            level=logging.WARNING,
        )


class StatisticsUpdate:
    """A context in which norms update their running statistics by other momenta.

    It may be entered any number of times, one after the other, and leaves momenta and counters as
    they were.

    Args:
        norms (Sequence[_NormBase]): Batch or instance norms that track statistics.
        momenta (Sequence[float]): One for each of them; 0 leaves the statistics as they are.
        counted (bool): Whether ``num_batches_tracked`` counts the forward.
    """

    def __init__(self, norms: Sequence[_NormBase], momenta: Sequence[float], counted: bool):
        self.norms = norms
        self.momenta = momenta
        self.counted = counted
        self._saved: list = []

    def __enter__(self) -> None:
        self._saved = [(norm.momentum, norm.num_batches_tracked) for norm in self.norms]
        for norm, momentum in zip(self.norms, self.momenta):
            norm.momentum = momentum
            counter = norm.num_batches_tracked
            if not self.counted and counter is not None:  # SyncBatchNorm wants one
                norm.num_batches_tracked = torch.zeros_like(counter)

    def __exit__(self, *error) -> None:
        for norm, (momentum, counter) in zip(self.norms, self._saved):
            norm.momentum, norm.num_batches_tracked = momentum, counter
        self._saved = []


def _tracking_norms(network: nn.Module) -> List[_NormBase]:
    return [
        module
        for module in network.modules()
        if isinstance(module, (_BatchNorm, _InstanceNorm))
        and module.track_running_stats
        and module.running_mean is not None
    ]


def _momentum(norm: _NormBase) -> float:
    """Of the next update. None stands for the mean over all batches; not so for instance norm."""
    if norm.momentum is not None:
        return norm.momentum
    if norm.num_batches_tracked is None or not isinstance(norm, _BatchNorm):
        return 0.0
    return 1 / (int(norm.num_batches_tracked) + 1)


def _split_update(norms: Sequence[_NormBase], number: int) -> List[StatisticsUpdate]:
    """Updates of chunks c = 0..C−1 that add up to one by momentum m and the chunks' mean.

    With m_c = (m/C) / (1 − (C−1−c) m/C), chunk c ends with the weight m_c Π_{j>c} (1 − m_j) = m/C,
    and what was tracked before with Π_c (1 − m_c) = 1 − m.
    """
    shares = [_momentum(norm) / number for norm in norms]
    return [
        StatisticsUpdate(
            norms, [s / (1 - (number - 1 - chunk) * s) for s in shares], counted=chunk == 0
        )
        for chunk in range(number)
    ]


def _split_rows(count: int, number: int, order: Optional[Tensor]) -> List[Union[slice, Tensor]]:
    """Nearly equal parts: slices, which copy nothing, or parts of a permutation."""
    bounds = [count * part // number for part in range(number + 1)]
    slices = [slice(first, last) for first, last in zip(bounds, bounds[1:])]
    return [rows if order is None else order[rows] for rows in slices]


def _join(parts: Sequence[Tensor], order: Optional[Tensor]) -> Tensor:
    """Rows of all chunks in the order of the inputs."""
    joined = torch.cat([*parts])
    return joined if order is None else torch.empty_like(joined).index_copy(0, order, joined)


def _both(
    first: StatisticsUpdate, again: StatisticsUpdate
) -> Tuple[StatisticsUpdate, StatisticsUpdate]:
    """Contexts of a forward and of its recomputation."""
    return first, again


def _run_rows(function: Callable, inputs: Tensor, rows: Union[slice, Tensor]) -> Any:
    return function(inputs[rows])


def _check_recomputation(network: nn.Module) -> None:
    for name, module in network.named_modules():
        forward = vars(module).get('forward')
        if getattr(forward, '__code__', None) is _WRAPPED:
            key = f'activation_checkpointing of backbone.{name}'.rstrip('.')
        else:
            own = [key for key in _RECOMPUTES if getattr(module, key, False)]
            if not own:
                continue
            key = f'{own[0]}=True of {type(module).__name__}'
        raise ValueError(
            f'{key} and model.chunk_size would both recompute activations: leave out the former, '
            'and lower model.chunk_size instead'
        )
