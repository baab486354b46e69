"""Video retrieval: do the nearest training videos have the class of the query?"""

from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np
from mmaction.evaluation import RetrievalMetric as TextVideoRetrievalMetric
from mmaction.registry import METRICS
from mmengine.logging import print_log

from .confusion import class_details, mean_over_classes
from .feature_map import feature_map
from .feature_metric import FeatureMetric
from .features import FeatureSet, l2_normalise
from .neighbour_search import nearest_neighbours

_SHOWN = 5  # neighbours of an example


@METRICS.register_module(force=True)  # see __new__
class RetrievalMetric(FeatureMetric):
    """Recall at k, and 1-nearest-neighbour classification, by cosine similarity.

    R@k is the share of queries that have a gallery video of their class among their k nearest
    (Sec. 4.3 and Table 3 of Jenni & Jin). 1-NN classification assigns the class of the
    nearest gallery video to a query. Its accuracy over all queries is R@1; the mean over classes
    is reported as well. Equal similarities are ordered by position in the gallery's list.

    MMAction2 has a metric of the same name, for text-to-video retrieval. Its configs, which have no
    ``protocol``, still get that metric: see ``__new__``.

    Figures are fractions: ``retrieval/R@1``, ..., ``retrieval/nn1`` and ``retrieval/nn1_mean``.

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`.
        topk (int | Sequence[int]): The k of R@k. Defaults to (1, 5, 10, 20).
        num_examples (int): Number of queries, evenly spaced in their list, whose 5 nearest gallery
            videos are stored in the record; 0 for none. Defaults to 24.
        num_mapped (int): Number of queries, evenly spaced, whose features are stored in the
            record, reduced to 30 principal components, for a map; 0 for none. Defaults to 500.
        **kwargs: Arguments of :class:`FeatureMetric`.

    Attributes:
        record (MetricRecord | None): As in :class:`FeatureMetric`, with the detail
            ``examples``: dicts of ``filename``, ``label`` and ``neighbours``, the nearest first,
            each a dict of ``filename``, ``label`` and ``similarity``, and the detail ``map`` of
            :func:`tev_mmaction.evaluation.feature_map.feature_map`.

    Raises:
        ValueError: If a k is below 1, or another number below 0; when evaluating, if the gallery
            has fewer than k videos, or if :func:`check_features` refuses the features.
    """

    default_prefix = 'retrieval'

    def __new__(cls, protocol: Optional[dict] = None, *args, **kwargs) -> Any:
        """Create MMAction2's metric if the arguments are those of MMAction2."""
        if cls is not RetrievalMetric or isinstance(protocol, dict):
            return super().__new__(cls)
        print_log(
            "RetrievalMetric without `protocol`: MMAction2's metric of text-to-video retrieval",
            logger='current',
        )
        return TextVideoRetrievalMetric(*([] if protocol is None else [protocol]), *args, **kwargs)

    def __init__(
        self,
        protocol: dict,
        topk: Union[int, Sequence[int]] = (1, 5, 10, 20),
        num_examples: int = 24,
        num_mapped: int = 500,
        **kwargs,
    ) -> None:
        super().__init__(protocol, **kwargs)
        self.topk = [topk] if isinstance(topk, int) else sorted(topk)
        if not self.topk or self.topk[0] < 1:
            raise ValueError(f'topk={topk}: give numbers of neighbours, at least 1')
        for name, number in dict(num_examples=num_examples, num_mapped=num_mapped).items():
            if number < 0:
                raise ValueError(f'{name}={number}: at least 0')
        self.num_examples = num_examples
        self.num_mapped = num_mapped

    @property
    def settings(self) -> dict:
        return dict(topk=self.topk)

    def compute(self, gallery: FeatureSet, queries: FeatureSet) -> Dict[str, float]:
        """R@k and 1-NN accuracies."""
        most = self.topk[-1]
        if most > len(gallery):
            raise ValueError(
                f'R@{most} needs {most} gallery videos, there are {len(gallery)}: set topk of '
                'RetrievalMetric to smaller numbers'
            )
        shown = min(_SHOWN, len(gallery))
        unit = l2_normalise(queries)
        nearest, similarities = nearest_neighbours(
            unit.features, l2_normalise(gallery).features, max(most, shown)
        )
        found = gallery.labels[nearest]
        hits = np.maximum.accumulate(found == queries.labels[:, None], axis=1)
        figures = {f'R@{k}': float(hits[:, k - 1].mean()) for k in self.topk}
        right = found[:, 0] == queries.labels
        self.keep(
            **class_details(found[:, 0], queries.labels),
            examples=self._examples(gallery, queries, nearest[:, :shown], similarities[:, :shown]),
        )
        if self.num_mapped:
            self.keep(map=feature_map(unit, self.num_mapped))
        return dict(
            figures, nn1=float(right.mean()), nn1_mean=mean_over_classes(right, queries.labels)
        )

    def _examples(
        self,
        gallery: FeatureSet,
        queries: FeatureSet,
        nearest: np.ndarray,
        similarities: np.ndarray,
    ) -> List[Dict[str, Any]]:
        """Some queries and their neighbours (Q, k), by name."""
        count = min(self.num_examples, len(queries))
        chosen = np.linspace(0, len(queries) - 1, count).round().astype(int)

        def video(part: FeatureSet, position: int, **more) -> Dict[str, Any]:
            return dict(filename=part.names[position], label=int(part.labels[position]), **more)

        return [
            video(
                queries,
                number,
                neighbours=[
                    video(gallery, position, similarity=float(similarity))
                    for position, similarity in zip(nearest[number], similarities[number])
                ],
            )
            for number in chosen
        ]

    def chance(self, known: np.ndarray, asked: np.ndarray) -> Dict[str, float]:
        """Expected figures if the neighbours were drawn at random, without replacement."""
        classes, counts = np.unique(known, return_counts=True)
        misses = {label: np.ones(self.topk[-1] + 1) for label in np.unique(asked)}
        drawn = np.arange(self.topk[-1])
        for label in misses:
            others = len(known) - counts[classes == label].sum() - drawn
            misses[label][1:] = np.cumprod(np.clip(others, 0, None) / (len(known) - drawn))
        figures = {f'R@{k}': float(np.mean([1 - misses[a][k] for a in asked])) for k in self.topk}
        per_class = [1 - missed[1] for missed in misses.values()]
        first = float(np.mean([1 - misses[label][1] for label in asked]))
        return dict(figures, nn1=first, nn1_mean=float(np.mean(per_class)))
