"""Classes that name left and right: a flipped training clip has the label of the mirrored class."""

from pathlib import Path

import mmaction
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.config import Config

from helpers import ROOT

# In the order of the official labels; MMAction2's label_map.txt of both data sets.
STHV2 = {
    86: 'Pulling something from left to right',
    87: 'Pulling something from right to left',
    93: 'Pushing something from left to right',
    94: 'Pushing something from right to left',
    166: 'Turning the camera left while filming something',
    167: 'Turning the camera right while filming something',
}
JESTER = {
    0: 'Swiping Left',
    1: 'Swiping Right',
    6: 'Sliding Two Fingers Left',
    7: 'Sliding Two Fingers Right',
    14: 'Turning Hand Clockwise',
    15: 'Turning Hand Counterclockwise',
}
OPPOSITE = dict(left='right', right='left', clockwise='counterclockwise')
OPPOSITE['counterclockwise'] = 'clockwise'
CONFIGS = {
    'tev_r3d18_sthv2': STHV2,
    'tev_r2plus1d_sthv2': STHV2,
    'tev_r2plus1d_jester': JESTER,
    'tev_r2plus1d_gym99': {},
}


def flip_of(name):
    cfg = Config.fromfile(ROOT / f'configs/finetune/{name}.py')
    (step,) = (s for s in cfg.train_dataloader.dataset.pipeline if s['type'] == 'Flip')
    assert step.flip_ratio == 0.5
    return step


def mirrored(name):
    return ' '.join(OPPOSITE.get(word.lower(), word.lower()) for word in name.split())


@pytest.mark.parametrize('name', CONFIGS)
def test_a_flipped_clip_has_the_label_of_the_mirrored_class(name):
    classes, step = CONFIGS[name], flip_of(name)
    labels = {text.lower(): label for label, text in classes.items()}
    for label in (*classes, 2):  # the last is of no pair
        expected = labels[mirrored(classes[label])] if label in classes else label
        for ratio in (0, 1):
            frames = [np.arange(12, dtype=np.uint8).reshape(2, 6)[..., None].repeat(3, 2)]
            results = dict(imgs=frames, label=label, modality='RGB', img_shape=(2, 6))
            results = TRANSFORMS.build(dict(step, flip_ratio=ratio))(results)
            assert results['imgs'][0][0, 0, 0] == (5 if ratio else 0)
            assert results['label'] == (expected if ratio else label)


def test_the_map_of_something_something_is_that_of_mmaction2():
    folder = Path(mmaction.__file__).parent / '.mim/configs/recognition/tsm'
    path = folder / 'tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py'
    if not path.is_file():
        pytest.skip('this installation of MMAction2 has no configs')
    theirs = Config.fromfile(path).sthv2_flip_label_map
    assert flip_of('tev_r3d18_sthv2').flip_label_map == theirs


def test_opposites_of_something_something_have_the_pairs_of_left_and_right():
    cfg = Config.fromfile(ROOT / 'configs/retrieval/r3d18_sthv2.py')
    opposites = [set(pair) for pair in cfg.test_evaluator[1].opposites]
    names = list(STHV2.values())
    assert all(set(pair) in opposites for pair in zip(names[::2], names[1::2]))
