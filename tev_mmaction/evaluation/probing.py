"""Probes of stored features: settings are chosen within the training videos, then tested once."""

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch

from .confusion import mean_over_classes
from .features import FeatureSet, check_features, standardise
from .folds import folds_of
from .linear_svm import COSTS, LinearSVM
from .probe_heads import HEADS
from .probe_training import Setting, train_heads

KINDS = ('svm', *HEADS)
_MAX_ITER = 5000  # of the SVM
_FOLDS = 5  # of which the first is the validation part


@dataclass(frozen=True)
class ProbeResult:
    """Figures of one probe.

    Args:
        top1 (float): Share of the test videos whose class was found.
        mean1 (float): The same, averaged over the classes.
        validation (float, optional): Accuracy on which the settings were chosen; None if too few
            videos were there to choose.
        settings (dict): The chosen settings: ``C``, or ``rate`` and ``decay``.
    """

    top1: float
    mean1: float
    validation: Optional[float]
    settings: Dict[str, float]


class Prober:
    """Trains probes on features of training videos, and tests them.

    Settings are chosen within the training videos: C of an SVM over five folds, learning rate and
    weight decay of the others on the first of these folds, in one pass over the features. Videos of
    one group are in one fold. A probe with the chosen settings is then trained on all training
    videos. If these are too few for folds, such as one per class, the middle of each list of
    settings is used.

    Args:
        shape (tuple[int, int, int]): Clips, time steps T' and width D of the features of a video.
        num_classes (int): Number of classes.
        rates (Sequence[float]): Learning rates, > 0.
        decays (Sequence[float]): Weight decays, ≥ 0.
        steps (int): Batches of a training.
        costs (Sequence[float]): Values of C, > 0.

    Raises:
        ValueError: If a value is out of range.
    """

    def __init__(
        self,
        shape: Tuple[int, int, int],
        num_classes: int,
        rates: Sequence[float],
        decays: Sequence[float],
        steps: int,
        costs: Sequence[float] = COSTS,
    ) -> None:
        if not rates or min(rates) <= 0:
            raise ValueError(f'rates={tuple(rates)}: give learning rates above 0')
        if not decays or min(decays) < 0:
            raise ValueError(f'decays={tuple(decays)}: give weight decays of 0 or more')
        if steps < 1:
            raise ValueError(f'steps={steps}: at least 1')
        self.shape = shape
        self.num_classes = num_classes
        self.rates, self.decays = sorted(rates), sorted(decays)
        self.steps = steps
        self.svm = LinearSVM(costs, _FOLDS, _MAX_ITER)

    @property
    def settings(self) -> Dict[str, Any]:
        """dict: Settings that figures depend on; valid JSON."""
        return dict(rates=self.rates, decays=self.decays, steps=self.steps, svm=self.svm.settings)

    def probe(self, kind: str, train: FeatureSet, test: FeatureSet, seed: int) -> ProbeResult:
        """Choose settings, train and test.

        Args:
            kind (str): ``'svm'``, ``'linear'`` or ``'attentive'``.
            train (FeatureSet): Training videos, with features (N, clips * T' * D).
            test (FeatureSet): Test videos.
            seed (int): Of initial weights and batches.

        Raises:
            ValueError: See :func:`check_features`.
        """
        if kind != 'attentive':  # one vector per video
            train, test = (self._over_clips(part) for part in (train, test))
        check_features(train, test, self.num_classes)
        train, test, _ = standardise(train, test, 'gallery')
        if kind == 'svm':
            predicted, validation, settings = self._svm(train, test)
        else:
            chosen, validation = self._choose(kind, train, seed)
            predicted = self._predict(kind, train, test, [chosen], seed)[0]
            settings = chosen._asdict()
        right = predicted == test.labels
        return ProbeResult(
            float(right.mean()), mean_over_classes(right, test.labels), validation, settings
        )

    def _over_clips(self, part: FeatureSet) -> FeatureSet:
        clips = part.features.reshape(len(part), self.shape[0], -1)
        return replace(part, features=clips.mean(axis=1))

    def _folds(self, part: FeatureSet) -> Sequence[Tuple[np.ndarray, np.ndarray]]:
        try:
            return folds_of(part.labels, part.groups, _FOLDS)
        except ValueError:  # too few videos
            return ()

    def _svm(self, train: FeatureSet, test: FeatureSet) -> tuple:
        svm = self.svm
        if not self._folds(train):
            svm = LinearSVM([_middle(svm.costs)], _FOLDS, _MAX_ITER)
        fitted = svm.fit(train.features, train.labels, train.groups)
        predicted = fitted.svm.predict(test.features)
        return predicted, fitted.folds_accuracy, dict(C=fitted.cost)

    def _choose(self, kind: str, train: FeatureSet, seed: int) -> Tuple[Setting, Optional[float]]:
        """The best setting on the validation part; in a tie, the first one of the grid."""
        grid = [Setting(rate, decay) for rate in self.rates for decay in self.decays]
        folds = self._folds(train)
        if not folds or len(grid) == 1:
            return Setting(_middle(self.rates), _middle(self.decays)), None
        fit, held_out = (part_of(train, positions) for positions in folds[0])
        right = self._predict(kind, fit, held_out, grid, seed) == held_out.labels
        accuracy = right.mean(axis=1)
        best = int(accuracy.argmax())
        return grid[best], float(accuracy[best])

    def _predict(
        self,
        kind: str,
        train: FeatureSet,
        test: FeatureSet,
        settings: Sequence[Setting],
        seed: int,
    ) -> np.ndarray:
        """Classes (P, N) that P probes predict."""
        clips = self.shape[0] if kind == 'attentive' else 1
        shape = (clips, *self.shape[1:])
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            head = HEADS[kind](shape, self.num_classes)
        inputs = [torch.from_numpy(p.features).unflatten(1, shape) for p in (train, test)]
        labels = torch.from_numpy(train.labels)
        heads = train_heads(head, inputs[0], labels, settings, self.steps, seed)
        return heads.predict(inputs[1]).numpy()


def part_of(videos: FeatureSet, positions: Union[Sequence[int], np.ndarray]) -> FeatureSet:
    """Some of the videos, in the order of the positions.

    Args:
        videos (FeatureSet): N videos.
        positions (Sequence[int] | np.ndarray): Positions, 0 to N − 1.
    """
    chosen = np.asarray(positions)
    return FeatureSet(
        videos.features[chosen],
        videos.labels[chosen],
        [videos.names[position] for position in chosen],
        None if videos.groups is None else videos.groups[chosen],
    )


def _middle(values: List[float]) -> float:
    return values[len(values) // 2]
