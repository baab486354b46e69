"""Which way: are opposite motions distinguished, if the kind of motion is recognised?"""

from collections import Counter
from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS

from tev_mmaction.listing import first_of

from .feature_metric import FeatureMetric
from .features import FeatureSet, l2_normalise
from .linear_svm import COSTS, LinearSVM
from .neighbour_search import nearest_neighbours


@METRICS.register_module()
class ChiralityMetric(FeatureMetric):
    """Measures whether features distinguish opposite motions, such as left and right.

    A pair of opposite classes is a kind of motion; its classes are the two ways. Figures are
    fractions:

    - ``chirality/kind``: the share of the queries of all pairs whose nearest gallery video has
      their kind, that is, either class of their pair;
    - ``chirality/which_way``: among these, the share whose nearest video has the class of the
      query; chance is 1/2. It is omitted, with a warning, if no kind was found;
    - ``chirality/opposites``: the accuracy of a linear SVM that is trained on the gallery videos of
      only one pair and tested on its queries, averaged over the pairs; chance is 1/2. C is chosen
      as in :class:`LinearProbeMetric`, within the pair;
    - ``chirality/any_class``, only for a data set of videos and their opposites: the accuracy of a
      single linear SVM that tells opposites from originals, whatever their class; chance is 1/2.

    Features are standardised with the whole gallery, according to the protocol.

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`.
        opposites (Sequence[tuple[str, str]], optional): Pairs of class names. A class has one
            opposite. None: those of a :class:`GalleryQueryDataset` with ``opposite='reversed'`` or
            ``'mirrored'``, which pairs every class with itself, reversed or mirrored.
            Defaults to None.
        costs (Sequence[float]): See :class:`LinearProbeMetric`.
        folds (int): See :class:`LinearProbeMetric`. Defaults to 5.
        max_iter (int): See :class:`LinearProbeMetric`. Defaults to 5000.
        **kwargs: Arguments of :class:`FeatureMetric`.

    Attributes:
        record (MetricRecord | None): As in :class:`FeatureMetric`, with the detail ``pairs``:
            a dict per pair, with ``classes``, ``queries``, the numbers of queries with the right
            ``kind`` and the right ``way``, the ``accuracy`` of its SVM, and ``C``.

    Raises:
        ValueError: If there are no pairs, a pair does not have two classes, or a class is in two
            pairs; at the start of a test, if the dataset lacks a class or has two of its name; when
            evaluating, if a pair lacks videos, or :func:`check_features` refuses the features.
    """

    default_prefix = 'chirality'

    def __init__(
        self,
        protocol: dict,
        opposites: Optional[Sequence[Tuple[str, str]]] = None,
        costs: Sequence[float] = COSTS,
        folds: int = 5,
        max_iter: int = 5000,
        **kwargs,
    ) -> None:
        super().__init__(dict(protocol, metric='both'), **kwargs)
        self._given = opposites is not None
        self.opposites = [list(pair) for pair in opposites or ()]
        if self._given:
            self._check_pairs()
        self.svm = LinearSVM(costs, folds, max_iter)

    def _check_pairs(self) -> None:
        if not self.opposites or any(len(set(pair)) != 2 for pair in self.opposites):
            raise ValueError(
                f'opposites={self.opposites!r}: give pairs of names of classes, as '
                "[('left', 'right')]"
            )
        counts = Counter(name for pair in self.opposites for name in pair)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise ValueError(
                f'opposites: {", ".join(twice)} in two pairs, a class has one opposite'
            )

    @property
    def settings(self) -> dict:
        return dict(opposites=self.opposites, **self.svm.settings)

    def compute(self, gallery: FeatureSet, queries: FeatureSet) -> Dict[str, float]:
        """Nearest neighbours in the whole gallery, and one SVM per pair."""
        pairs = self._pairs(gallery.labels, queries.labels)
        nearest, _ = nearest_neighbours(
            l2_normalise(queries).features, l2_normalise(gallery).features, 1
        )
        found = gallery.labels[nearest[:, 0]]
        told: List[Dict[str, Any]] = []
        for names, labels in zip(self.opposites, pairs):
            asked = np.isin(queries.labels, labels)
            told.append(
                dict(
                    classes=names,
                    queries=int(asked.sum()),
                    kind=int(np.isin(found[asked], labels).sum()),
                    way=int((found == queries.labels)[asked].sum()),
                    **self._separate(names, labels, gallery, queries),
                )
            )
        self.keep(pairs=told)
        kinds = sum(pair['kind'] for pair in told)
        figures = dict(
            kind=kinds / sum(pair['queries'] for pair in told),
            opposites=float(np.mean([pair['accuracy'] for pair in told])),
        )
        if not self._given:
            count = len((self.dataset_meta or {})['classes'])
            whole = (_by_side(part, count) for part in (gallery, queries))
            told_apart = self._separate(['originals', 'opposites'], [0, 1], *whole)
            figures['any_class'] = told_apart['accuracy']
        if kinds:
            figures['which_way'] = sum(pair['way'] for pair in told) / kinds
        else:
            self.warn('no query found its kind of motion: which way it goes cannot be said')
        return figures

    def chance(self, known: np.ndarray, asked: np.ndarray) -> Dict[str, float]:
        """Chance: a random gallery video, and the larger class of a pair among its queries."""
        kinds, ways, larger = [], [], []
        for labels in self._pairs(known, asked):
            of_pair = known[np.isin(known, labels)]
            mine = asked[np.isin(asked, labels)]
            kinds += [len(of_pair) / len(known)] * len(mine)
            ways += [float((of_pair == label).mean()) for label in mine]
            larger.append(max(float((mine == label).mean()) for label in labels))
        # A kind that is drawn more often has more weight in `which_way`, as in the figure.
        overall = {} if self._given else dict(any_class=0.5)
        return dict(
            overall,
            kind=float(np.mean(kinds)),
            which_way=float(np.average(ways, weights=kinds)),
            opposites=float(np.mean(larger)),
        )

    @property
    def dataset_meta(self) -> Optional[dict]:
        """Of the data set. To set it refuses wrong opposites before any feature is computed."""
        return super().dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: Optional[dict]) -> None:
        if not self._given:
            pairs = (dataset_meta or {}).get('opposites')
            if not pairs:
                raise ValueError(
                    'ChiralityMetric has no pairs: give opposites=[(NAME, NAME), ...], or set '
                    "opposite='reversed' or 'mirrored' of GalleryQueryDataset"
                )
            self.opposites = [list(pair) for pair in pairs]
        self._labels(dataset_meta)
        FeatureMetric.dataset_meta.fset(self, dataset_meta)

    def _labels(self, dataset_meta: Optional[dict]) -> List[List[int]]:
        """Labels of the pairs; every name must be that of one class."""
        classes = list((dataset_meta or {}).get('classes') or ())
        named = [name for pair in self.opposites for name in pair]
        absent = [name for name in named if name not in classes]
        if absent:
            raise ValueError(
                f'opposites names the classes {first_of(absent)}, but the data set has '
                f'{first_of(classes) or "no names of classes: set class_file of the dataset"}'
            )
        shared = [name for name in named if classes.count(name) > 1]
        if shared:
            raise ValueError(
                f'opposites names {first_of(shared)}, and several classes have this name: tell '
                'them apart in class_file of the dataset'
            )
        return [[classes.index(name) for name in pair] for pair in self.opposites]

    def _pairs(self, known: np.ndarray, asked: np.ndarray) -> List[List[int]]:
        """Labels of the pairs; all must have videos."""
        pairs = self._labels(self.dataset_meta)
        for names, labels in zip(self.opposites, pairs):
            for name, label in zip(names, labels):
                if label not in known:
                    raise ValueError(
                        f'{name}, of the opposites {" and ".join(names)}, has no gallery video'
                    )
            if not np.isin(asked, labels).any():
                raise ValueError(f'the opposites {" and ".join(names)} have no query video')
        return pairs

    def _separate(
        self, names: List[str], labels: List[int], gallery: FeatureSet, queries: FeatureSet
    ) -> Dict[str, float]:
        """Accuracy of an SVM that is trained on this pair only."""
        known, asked = (np.isin(part.labels, labels) for part in (gallery, queries))
        try:
            fitted = self.svm.fit(
                gallery.features[known],
                gallery.labels[known],
                None if gallery.groups is None else gallery.groups[known],
            )
        except ValueError as error:
            raise ValueError(f'opposites {" and ".join(names)}: {error}') from error
        for message in fitted.unconverged:
            self.warn(f'{" and ".join(names)}: {message}')
        predicted = fitted.svm.predict(queries.features[asked])
        return dict(accuracy=float((predicted == queries.labels[asked]).mean()), C=fitted.cost)


def _by_side(part: FeatureSet, classes: int) -> FeatureSet:
    """Labels 0 for originals, whose classes are the first half, and 1 for opposites."""
    return replace(part, labels=(part.labels >= classes // 2).astype(np.int64))
