"""The tool of weights of others, and its checkpoint where checkpoints are taken."""

import re
import runpy

import numpy as np
import pytest
import torch

from foreign_files import IMAGENET, CoclrS3D, coclr, dilated, tclr
from helpers import ROOT, write_clip
from tev_mmaction.apis import VideoEmbedder
from tev_mmaction.datasets.readers import open_video
from toy_runs import trained
from video_net import VideoNet


@pytest.fixture
def tool(capsys):
    main = runpy.run_path(str(ROOT / 'tools/convert/import_backbone.py'))['main']

    def run(*arguments):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            assert stopped.code == 2
            return re.sub(r'\s+', ' ', capsys.readouterr().err.split('error: ')[1])
        return capsys.readouterr().out

    return run


def test_a_network_of_bgr_sees_bgr(tool, tmp_path):
    """By hand: blue first, from 0 to 1, as TCLR reads pictures."""
    torch.manual_seed(0)
    theirs = trained(dilated(VideoNet('r2plus1d_18')))
    torch.save(tclr(theirs), tmp_path / 'rpd18kin400.pth')
    out = tmp_path / 'tclr.pth'
    said = tool('tclr-r2plus1d_18', tmp_path / 'rpd18kin400.pth', out)
    assert "VideoResNet, all that it has, from state_dict, prefix 'module.0.'" in said
    assert 'left out: 2 tensors, head (module.1)' in said
    assert 'input: BGR' in said and 'note: it takes BGR' in said
    (tmp_path / 'rpd18kin400.pth').unlink()  # over 100 MB

    video = write_clip(tmp_path / 'a.mp4', 40, size=(40, 32), color=lambda i: (20, 90 + 3 * i, 240))
    found = VideoEmbedder(out, num_clips=1, crops='center', clip_len=8, size=32).embed(video)
    out.unlink()
    frames = open_video(str(video)).read(range(12, 28, 2))[:, :, 4:36, ::-1]  # RGB to BGR
    x = torch.from_numpy(np.ascontiguousarray(frames)).permute(3, 0, 1, 2)[None] / 255
    with torch.no_grad():
        expected = theirs(x).numpy()
        swapped = theirs(x.flip(1)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert np.abs(swapped - expected).max() > 1e-2


def test_what_is_printed_and_what_is_refused(tool, tmp_path):
    content = coclr(trained(CoclrS3D()))
    del content['state_dict']['queue']
    theirs, out = tmp_path / 'CoCLR.pth.tar', tmp_path / 'new/coclr.pth'
    torch.save(content, theirs)
    said = tool('coclr-s3d', theirs, out)
    assert f'wrote {out}: ' in said and "state_dict, prefix 'encoder_q.0.'" in said
    assert 'momentum copy (encoder_k)' in said and 'second names of tensors' in said
    assert f'input: RGB, {dict(mean=IMAGENET[0], std=IMAGENET[1])}; clips of 32 frames' in said
    assert 'note: a network of optical flow' in said
    out.unlink()
    before = sorted(tmp_path.rglob('*'))
    for arguments, message in (
        (['coclr', theirs, out], "there is no source 'coclr'; there are r3d_18, "),
        (['s3d', theirs, out], 'no key has one of its names'),
        (['s3d', theirs, out], 'It fits the source coclr-s3d'),
        (['s3d', tmp_path / 'none.pth', out], 'there is no file'),
        (['s3d', theirs, tmp_path / 'x.safetensors'], 'the file is to end in .pth'),
    ):
        assert message in tool(*arguments)
        assert sorted(tmp_path.rglob('*')) == before
