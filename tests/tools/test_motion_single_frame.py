"""A single frame of the generated motion benchmark tells nothing of the class."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import nn

SIZE, FRAMES, CLASSES = 48, 96, 12


def conv_features(pictures):
    """Of a random network, (N, 1024)."""
    torch.manual_seed(0)
    layers = []
    for width_in, width_out in ((3, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(width_in, width_out, 3, 2, 1), nn.BatchNorm2d(width_out), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten())
    with torch.no_grad():
        return network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255).numpy()


VIEWS = dict(
    pixels=lambda pictures, masks: pictures[:, ::3, ::3].reshape(len(pictures), -1) / 255,
    random_convolutions=lambda pictures, masks: conv_features(pictures),
    # Told what is sprite and what is background, better than any picture tells.
    masks=lambda pictures, masks: (
        masks.reshape(len(masks), 12, 4, 12, 4).mean((2, 4)).reshape(len(masks), -1)
    ),
)
CLASSIFIERS = dict(
    neighbour=lambda: KNeighborsClassifier(1),
    svm=lambda: LinearSVC(C=1e-3, random_state=0),
)


def single_frames(motion_benchmark, seed, split, subjects, index, leak=False):
    """One frame of each clip; with a leak, all sprites start in the middle."""
    pictures, masks = [], []
    for subject, label in itertools.product(range(subjects), range(CLASSES)):
        scene = motion_benchmark.make_scene(seed, split, subject, label, FRAMES, SIZE)
        if leak:
            scene.positions = (scene.positions - scene.positions[0] + SIZE / 2) % SIZE
        pictures.append(scene.frame(index).astype(np.float32))
        masks.append(np.abs(pictures[-1] - scene.background(index)).sum(-1) > 60)
    return np.stack(pictures), np.stack(masks).astype(np.float32)


@pytest.fixture(scope='module', params=[False, True], ids=['benchmark', 'leaking'])
def hits(motion_benchmark, request):
    """Whether each test clip of three benchmarks is recognised by one frame, by classifier."""
    found = {pair: [] for pair in itertools.product(VIEWS, CLASSIFIERS)}
    for seed, index in ((0, 0), (1, 47), (2, 95)) if not request.param else ((0, 20),):
        train, test = (
            single_frames(motion_benchmark, seed, split, subjects, index, request.param)
            for split, subjects in (('train', 40), ('test', 30))
        )
        labels = np.tile(np.arange(CLASSES), 40)
        for view, classifier in found:
            scaler = StandardScaler()
            features = scaler.fit_transform(VIEWS[view](*train))
            fitted = CLASSIFIERS[classifier]().fit(features, labels)
            guessed = fitted.predict(scaler.transform(VIEWS[view](*test)))
            found[view, classifier] += list(guessed == np.tile(np.arange(CLASSES), 30))
    return request.param, {pair: np.array(values) for pair, values in found.items()}


def test_a_single_frame_tells_nothing_of_the_class(hits):
    """Nor would it if the classifiers were blind: they do see where a sprite is, if that tells."""
    leaking, found = hits
    chance = 1 / CLASSES
    for (view, classifier), values in found.items():
        error = np.sqrt(chance * (1 - chance) / len(values))
        off = (values.mean() - chance) / error
        print(f'{view}, {classifier}: {values.mean():.1%}, {off:+.1f} standard errors')
        if not leaking:
            assert abs(off) < 3, (view, classifier)
        elif (view, classifier) != ('pixels', 'svm'):  # which is close to blind
            assert off > 5, (view, classifier)
