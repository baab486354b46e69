"""Equivariance, measured directly: can the relation of two clips be predicted?"""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mmaction.registry import METRICS
from mmengine.logging import print_log
from sklearn.metrics import r2_score

from .direction_relation import tell_directions
from .pair_sets import (
    TARGETS,
    PairedVideo,
    PairSet,
    pair_sets,
    part_videos,
    read_sample,
    similarity_matrix,
)
from .recording_metric import RecordingMetric
from .ridge import linear_kernel, ridge


@METRICS.register_module()
class EquivarianceMetric(RecordingMetric):
    """Predicts the relation of two clips from their features [f_p, f_q].

    The videos are split into two parts. Ridge regressions are fitted to the pairs of one part and
    tested on the pairs of the other; no video is in both. The penalty is chosen by
    cross-validation over the videos of the first part.

    - ``equivariance/shift_r2``: R² of the shift Δ = s_q − s_p, in source frames, linear in
      [f_p, f_q].
    - ``equivariance/speed_r2``: R² of the log of the ratio of speeds, log2(v_q / v_p), linear in
      [f_p, f_q].
    - ``equivariance/direction_acc``: accuracy of predicting whether
      both clips are played in the same direction, from the sign of regressions, see
      :func:`tell_directions`.

    R² is scikit-learn's: 1 for a perfect prediction, 0 for predicting the mean, negative if worse.
    Features are standardised by mean and standard deviation over the clips of the fitting part.

    Features come from :class:`TimeEquivariantRecognizer`, or from any recognizer of MMAction2
    with ``cls_head=dict(type='FeatureHead', average_clips=None)``. Samples come from a
    :class:`ClipPairDataset` with an :class:`IndependentPairsSampler`. Samples that pad the list for
    several processes are recognised by ``sample_idx`` and dropped, so figures do not depend on the
    number of processes.

    Args:
        split (str): Description of the data, e.g. ``'UCF101 test split 1'``.
        targets (Sequence[str]): Some of ``'shift'``, ``'speed'``, ``'direction'``; leave out
            those that are constant across clips. Defaults to all.
        test_share (float): Share of the videos to test on. Defaults to 0.5.
        penalties (Sequence[float]): Candidates, > 0, relative to the features' summed variance.
            Defaults to (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10).
        folds (int): Folds of the fitting part, at least 2; lowered to the number of its videos.
            Defaults to 5.
        max_pairs (int): Maximum number of pairs in each part; time grows with its cube. Further
            videos are left out, with a warning. Defaults to 1000.
        matrix_size (int): Number of test pairs in the similarity matrix, 0 for none. Defaults to
            100.
        collect_device (str): See ``mmengine.evaluator.BaseMetric``. Defaults to ``'cpu'``.
        prefix (str, optional): Defaults to ``'equivariance'``.

    Attributes:
        record (MetricRecord | None): After an evaluation, on the main process. Its details are
            ``fits`` (the chosen settings, with their score over the folds) and ``matrix``, see
            :func:`similarity_matrix`. The matrix compares ψ if the model has an
            :class:`EquivarianceHead`, otherwise the concatenated features; ``vectors`` names them.

    Raises:
        ValueError: If an argument is out of range; when evaluating, if samples do not contain
            pairs, replace unreadable videos or come from fewer than three videos; if features are
            missing, not finite or all identical; if a target is constant.
    """

    default_prefix = 'equivariance'

    def __init__(
        self,
        split: str,
        targets: Sequence[str] = TARGETS,
        test_share: float = 0.5,
        penalties: Sequence[float] = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0),
        folds: int = 5,
        max_pairs: int = 1000,
        matrix_size: int = 100,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not targets or not set(targets) <= set(TARGETS):
            raise ValueError(f'targets={targets}: give some of {TARGETS}')
        if not 0 < test_share < 1:
            raise ValueError(f'test_share={test_share}: give a share between 0 and 1')
        if not penalties or min(penalties) <= 0:
            raise ValueError(f'penalties={penalties}: give numbers above 0')
        least = dict(folds=(folds, 2), max_pairs=(max_pairs, 2), matrix_size=(matrix_size, 0))
        for name, (value, lowest) in least.items():
            if value < lowest:
                raise ValueError(f'{name}={value}: at least {lowest}')
        self.split = split
        self.targets = tuple(targets)
        self.test_share = test_share
        self.penalties = tuple(float(penalty) for penalty in penalties)
        self.folds = folds
        self.max_pairs = max_pairs
        self.matrix_size = matrix_size

    @property
    def settings(self) -> dict:
        """dict: Settings that figures depend on besides the protocol; valid JSON."""
        names = ('targets', 'test_share', 'penalties', 'folds', 'max_pairs', 'matrix_size')
        return {name: getattr(self, name) for name in names}

    def process(self, data_batch: dict, data_samples: Sequence) -> None:
        """Keep pairs and features of a batch.

        Args:
            data_batch (dict): ``inputs`` and ``data_samples`` of the data loader.
            data_samples (Sequence[dict | Tensor]): Predictions of the model: dicts with
                ``clip_features`` (2P, D), or tensors (2P, D).
        """
        batch = zip(data_batch['inputs'], data_batch['data_samples'], data_samples)
        for inputs, sample, output in batch:
            self.results.append(read_sample(inputs, sample.metainfo, output))

    def measure(self, results: List[PairedVideo]) -> Dict[str, dict]:
        """Split the videos, fit and test."""
        videos = self.one_a_video(results, 'pairs')
        parts = [self._limited(part) for part in part_videos(videos, self.test_share)]
        fit, test, constant = pair_sets(*parts)
        if constant:
            self.warn(f'{constant} of {fit.features.shape[-1]} feature dimensions are constant')
        figures, chance, fits = self._figures(fit, test)
        matrix = None
        if self.matrix_size:
            matrix = similarity_matrix(test, self.matrix_size)
            psi = all(video.vectors is not None for video in videos)
            matrix['vectors'] = 'relative_vectors' if psi else 'clip_features'
        self.keep(fits=fits, matrix=matrix)
        protocol = self._protocol(videos)
        counts = dict(
            fit_videos=len(parts[0]),
            fit_pairs=len(fit.videos),
            test_videos=len(parts[1]),
            test_pairs=len(test.videos),
            dimensions=fit.features.shape[-1],
            constant_dimensions=constant,
        )
        print_log(
            f'{type(self).__name__} under protocol: '
            + ', '.join(f'{name} {value}' for name, value in {**protocol, **counts}.items()),
            logger='current',
        )
        lists = dict(videos=(self.dataset_meta or {}).get('video_list'))
        return dict(protocol=protocol, lists=lists, counts=counts, results=figures, chance=chance)

    def _limited(self, part: List[PairedVideo]) -> List[PairedVideo]:
        """The first videos, up to a number of pairs."""
        ends = np.cumsum([len(video.clips) for video in part])
        kept = part[: max(2, int((ends <= self.max_pairs).sum()))]  # a penalty needs two
        if len(kept) < len(part):
            self.warn(
                f'{len(kept)} of the {len(part)} videos of a part are used, max_pairs='
                f'{self.max_pairs}'
            )
        return kept

    def _figures(
        self, fit: PairSet, test: PairSet
    ) -> Tuple[Dict[str, float], Dict[str, float], Dict[str, dict]]:
        """Figures, their chance levels, and the chosen settings of the fits."""
        known, asked = (self._told(part) for part in (fit, test))
        options = (self.penalties, self.folds)
        figures: Dict[str, float] = {}
        chance: Dict[str, float] = {}
        fits: Dict[str, dict] = {}
        numbers = {name: values for name, values in known.items() if name != 'direction'}
        if numbers:
            products = (linear_kernel(part.features, fit.features) for part in (fit, test))
            results = ridge(next(products), numbers, fit.videos, next(products), *options)
            for name, found in results.items():
                figures[f'{name}_r2'] = float(r2_score(asked[name], found.predicted))
                chance[f'{name}_r2'] = 0.0
                fits[name] = dict(penalty=found.penalty, folds_r2=found.folds_r2)
        if 'direction' in known:
            told = tell_directions(fit, test, *options)
            same = asked['direction'] > 0
            figures['direction_acc'] = float((told.same == same).mean())
            # Accuracy of always predicting the more frequent relation of the fitting part.
            chance['direction_acc'] = float(((known['direction'].mean() >= 0) == same).mean())
            fits['direction'] = dict(how=told.how, penalty=told.penalty, folds_acc=told.folds_acc)
        return figures, chance, fits

    def _told(self, pairs: PairSet) -> Dict[str, np.ndarray]:
        """The targets, none of them constant."""
        targets = pairs.targets(self.targets)
        for name, values in targets.items():
            if np.ptp(values) == 0:
                others = tuple(target for target in self.targets if target != name)
                raise ValueError(
                    f'{name} is the same for all of {len(values)} pairs, {values[0]:g}: draw more '
                    f'pairs and several values (clip_sampler), or set targets={others} of '
                    'EquivarianceMetric'
                )
        return targets

    def _protocol(self, videos: Sequence[PairedVideo]) -> dict:
        """Properties of the clips, taken from the samples because no config must state them."""
        starts, speeds, directions, lengths = np.moveaxis(
            np.concatenate([video.clips for video in videos]), -1, 0
        )
        shifts = starts[:, 1] - starts[:, 0]
        return dict(
            split=self.split,
            clip_len=np.unique(lengths).tolist(),
            size=sorted({video.size for video in videos}),
            pairs_a_video=sorted({len(video.clips) for video in videos}),
            speeds=np.unique(speeds).tolist(),
            directions=np.unique(directions).tolist(),
            shifts=[int(shifts.min()), int(shifts.max())],
            shift_unit='source frames',
            standardisation='fit',
            metric='ridge',
        )
