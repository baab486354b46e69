"""What single layers of a network compute."""

import torch
from torch import nn


@torch.no_grad()
def outputs_of_layers(model, x):
    """Output of every named module, as it was when the module returned it."""
    outputs = {}
    handles = [
        module.register_forward_hook(
            lambda _, inputs, output, name=name: outputs.update({name: output.clone()})
        )
        for name, module in model.named_modules()
        if name
    ]
    model(x)
    for handle in handles:
        handle.remove()
    return outputs


def multiply_adds(model, *shape):
    """Of all convolutions and linear layers, for one clip, on the meta device."""
    counts = []

    def count(layer, _, output):
        counts.append(output.numel() * layer.weight[0].numel())

    handles = [
        module.register_forward_hook(count)
        for module in model.modules()
        if isinstance(module, (nn.Conv3d, nn.Linear))
    ]
    model(torch.empty(1, 3, *shape, device='meta'))
    for handle in handles:
        handle.remove()
    return sum(counts)


def num_parameters(model):
    return sum(p.numel() for p in model.parameters())
