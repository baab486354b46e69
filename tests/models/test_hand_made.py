"""Hand-made features against a plain computation, and what motion they must tell."""

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from tev_mmaction.models.fingerprint import fingerprint


def flow(**options):
    return MODELS.build(dict(type='HandMadeFlow', **options))


def tensor(frames):
    """Clips (N, 3, T, H, W) of frames (N, T, H, W, 3)."""
    return torch.from_numpy(np.asarray(frames)).permute(0, 4, 1, 2, 3).float()


def patch(down, right, length=33):
    """A textured square that moves over a still background (T, 48, 48, 3)."""
    rng = np.random.default_rng(0)
    background = cv2.GaussianBlur(rng.integers(0, 256, (48, 48, 3), dtype=np.uint8), (0, 0), 2)
    square = cv2.GaussianBlur(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8), (0, 0), 1)
    middle = (length - 1) / 2
    frames = []
    for index in range(length):
        shift = 24 - 8 + (index - middle) * np.array([right, down])
        place = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        mask = cv2.warpAffine(np.ones((16, 16), np.uint8), place, (48, 48))[..., None]
        frames.append(np.where(mask, cv2.warpAffine(square, place, (48, 48)), background))
    return np.array(frames)


def by_loops(frames, stride=2, bins=8, parts=4):
    """Pixel by pixel, from grey frames on."""
    rows = []
    kept = frames[::stride]
    for before, after in zip(kept, kept[1:]):
        pair = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after)]
        field = cv2.calcOpticalFlowFarneback(*pair, None, 0.5, 3, 9, 3, 5, 1.1, 0)
        across, down = (field[..., k] - np.median(field[..., k]) for k in (0, 1))
        mass = np.zeros(bins)
        for x, y in zip(across.ravel(), down.ravel()):
            angle = np.degrees(np.arctan2(y, x)) % 360
            mass[int(angle // (360 / bins)) % bins] += np.hypot(x, y)
        curl = []
        for y in range(1, 47):  # inside, where differences are central
            for x in range(1, 47):
                curl.append(
                    (down[y, x + 1] - down[y, x - 1]) / 2
                    - (across[y + 1, x] - across[y - 1, x]) / 2
                )
        rows.append([*mass / mass.sum(), np.log(1 + mass.sum()), 10 * np.mean(curl)])
    rows = np.array(rows)
    count = len(rows)
    ends = [sum(len(p) for p in np.array_split(range(count), parts)[:k]) for k in range(parts + 1)]
    means = [rows[a:b].sum(0) / (b - a) for a, b in zip(ends, ends[1:])]
    return np.concatenate([*means, np.sqrt(((rows - rows.mean(0)) ** 2).mean(0))])


@pytest.mark.parametrize('options', [{}, dict(stride=1, bins=4, parts=3)])
def test_as_by_loops(options):
    frames = patch(0.4, 0.7)
    feature = flow(**options)(tensor([frames])).flatten().numpy()
    expected = by_loops(frames, **options)
    width = options.get('bins', 8) + 2
    assert feature.shape == ((options.get('parts', 4) + 1) * width,)
    is_curl = np.arange(len(feature)) % width == width - 1
    np.testing.assert_allclose(feature[~is_curl], expected[~is_curl], atol=2e-3)
    np.testing.assert_allclose(feature[is_curl], expected[is_curl], atol=0.05)  # its border


def test_which_way_and_whether_it_turns():
    """Directions as on the screen, y downwards: bin 0 begins at rightwards and goes clockwise."""
    ways = {(0, 0.5): (7, 0), (0.5, 0): (1, 2), (0, -0.5): (3, 4), (-0.5, 0): (5, 6)}
    for (down, right), bins in ways.items():
        feature = flow()(tensor([patch(down, right)])).flatten().numpy()
        assert np.argmax(feature[:8]) in bins
        assert feature[list(bins)].sum() > 0.6
    curls = []
    for turn in (2, -2):  # degrees a frame, positive: counter-clockwise
        wide = np.tile(patch(0, 0)[0], (2, 2, 1))  # no corners come into sight
        places = [cv2.getRotationMatrix2D((47.5, 47.5), turn * n, 1) for n in range(33)]
        turned = [cv2.warpAffine(wide, place, (96, 96))[24:72, 24:72] for place in places]
        curls.append(flow()(tensor([turned])).flatten()[9].item())
    assert curls[0] < -0.05 and curls[1] > 0.05


def test_reversal_is_seen_and_the_camera_is_not():
    frames = patch(0, 0.5)
    there, back = flow()(tensor([frames, frames[::-1].copy()])).flatten(1).numpy()
    opposite = np.roll(there[:8], 4)
    assert np.abs(back[:8] - opposite).sum() < 0.5 * np.abs(back[:8] - there[:8]).sum()
    wide = np.tile(frames[0], (3, 3, 1))
    panned = np.array([wide[40 : 40 + 48, 40 + n : 40 + n + 48] for n in range(33)])
    if_it_counted = 2 * 48 * 48  # two pixels everywhere
    assert np.expm1(flow()(tensor([panned])).flatten()[8]) < 0.25 * if_it_counted


def test_every_clip_by_itself_and_in_the_shape_that_heads_pool():
    clips = tensor([patch(0, 0.5), patch(0.5, 0)])
    both = flow()(clips)
    assert both.shape == (2, 50, 1, 1, 1) and both.dtype == torch.float32
    assert torch.equal(both[1:], flow()(clips[1:]))


def test_a_still_video_has_a_finite_feature_that_is_not_all_zero():
    for picture in (patch(0, 0)[0], np.full((48, 48, 3), 90, np.uint8)):
        feature = flow()(tensor([[picture] * 17])).flatten()
        assert feature.isfinite().all()
        assert 0 < feature[8] < np.log1p(0.001 * 48 * 48) + 0.1


def test_no_weights_but_a_fingerprint():
    model = flow()
    assert not list(model.parameters())
    assert fingerprint(model) == fingerprint(flow()) != fingerprint(flow(stride=1))


def test_refused():
    with pytest.raises(ValueError, match='clip of 8 frames is too short .* need 9 or more'):
        flow()(torch.zeros(1, 3, 8, 16, 16))
    with pytest.raises(ValueError, match='stride=0 of HandMadeFlow'):
        flow(stride=0)
    with pytest.raises(ValueError, match='cells=0 of HandMadeAppearance'):
        MODELS.build(dict(type='HandMadeAppearance', cells=0))


def test_appearance():
    """Of the middle frame alone: half of it red, with upright edges."""
    frames = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    frames[1] = 0
    frames[1][:, ::2] = (255, 0, 0)
    appearance = MODELS.build(dict(type='HandMadeAppearance'))
    feature = appearance(tensor([frames])).flatten().numpy()
    assert feature.shape == (64 + 36 * 9,)
    colours = np.zeros(64)
    colours[0], colours[3 * 16] = 0.5, 0.5
    np.testing.assert_allclose(feature[:64], colours)
    striped = frames.copy()
    striped[1] = frames[1].transpose(1, 0, 2)
    turned = appearance(tensor([striped])).flatten().numpy()
    assert not np.allclose(turned[64:], feature[64:])
    assert torch.equal(appearance(tensor([frames])), appearance(tensor([frames[1:2]])))
