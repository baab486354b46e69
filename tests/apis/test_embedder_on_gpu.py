"""Features of a GPU are those of the CPU."""

import numpy as np
import pytest
import torch
from torch.export.passes import move_to_device_pass

from tev_mmaction.apis import VideoEmbedder, export_network

pytestmark = pytest.mark.gpu


def assert_same_features(found, expected):
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max(), rtol=0)


def test_embedding(gpu, pretrained, noise):
    _, checkpoint = pretrained
    there, here = (VideoEmbedder(checkpoint, device=device) for device in (gpu, 'cpu'))
    assert there.device.type == torch.device(gpu).type
    assert_same_features(there.embed(noise[:2]), here.embed(noise[:2]))


def test_a_program_of_torch_export(gpu, pretrained, tmp_path):
    _, checkpoint = pretrained
    export_network(VideoEmbedder(checkpoint, device='cpu'), tmp_path / 'network.pt2', 'pt2')
    program = torch.export.load(tmp_path / 'network.pt2')
    clips = torch.randn(3, 3, 8, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = program.module()(clips)
        found = move_to_device_pass(program, gpu).module()(clips.to(gpu))
    assert_same_features(found.cpu().numpy(), expected.numpy())
