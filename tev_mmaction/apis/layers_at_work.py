"""Which layer of a network stands behind an error of PyTorch's exporters."""

from typing import Any, List, Optional

import torch
from torch import Tensor, nn


class LayersAtWork:
    """While it is entered, follows which layer of a network runs.

    Args:
        network (nn.Module): It is called once, with a batch whose size is symbolic.
    """

    def __init__(self, network: nn.Module):
        self._network = network
        self._running: List[str] = []
        self._fixing: Optional[str] = None
        self._batch: Any = None
        self._handles: List[Any] = []

    @property
    def all_ended(self) -> bool:
        """bool: Whether every layer ran to its end."""
        return not self._running

    @property
    def culprit(self) -> str:
        """str: The layer that did not end; else the first that needs one size of batches."""
        name = self._fixing if self.all_ended else self._running[-1]
        kind = type(self._network.get_submodule(name or '')).__name__
        return f'layer {name} ({kind})' if name else f'the network ({kind})'

    def __enter__(self) -> 'LayersAtWork':
        for name, layer in self._network.named_modules():
            self._handles += [
                layer.register_forward_pre_hook(self._begin(name)),
                layer.register_forward_hook(self._end(name)),
            ]
        return self

    def __exit__(self, *_: Any) -> None:
        for handle in self._handles:
            handle.remove()

    def _begin(self, name: str):
        def begin(layer: nn.Module, inputs: tuple) -> None:
            first = next((value for value in inputs if isinstance(value, Tensor)), None)
            if self._batch is None and first is not None:
                self._batch = first.shape[0]
            self._running.append(name)

        return begin

    def _end(self, name: str):
        def end(layer: nn.Module, inputs: tuple, output: Any) -> None:
            self._running.pop()
            # inner layers end first
            if self._fixing is None and _is_fixed(self._batch):
                self._fixing = name

        return end


def _is_fixed(size: Any) -> bool:
    return isinstance(size, torch.SymInt) and size.node.maybe_as_int() is not None


def layer_of_operator(program: Any, message: str) -> str:
    """The layer of an exported program whose operator an error names.

    Args:
        program (torch.export.ExportedProgram): The program.
        message (str): The error, with the ``repr`` of the operator.
    """
    for node in program.run_decompositions().graph.nodes:
        stack = list(node.meta.get('nn_module_stack', {}).values())
        if node.op == 'call_function' and repr(node.target) in message and stack:
            name, kind = map(str, stack[-1])
            return f'layer {name.removeprefix("recognizer.")} ({kind.rpartition(".")[2]})'
    return 'the network'
