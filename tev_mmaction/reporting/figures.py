"""Figures of metrics in words: what they are called, what they mean, and how they are written."""

from typing import Dict, Optional, Tuple

METRICS: Dict[str, str] = dict(
    RetrievalMetric='Nearest neighbours',
    LinearProbeMetric='Linear SVM',
    ChiralityMetric='Which way',
    EquivarianceMetric='Equivariance',
    TaskMetric='Tasks of the pre-training, on unseen videos',
    AccMetric='Classification',
)
# How a metric is read, and what its chance level is.
EXPLAINED: Dict[str, str] = dict(
    RetrievalMetric='R@k is the share of queries that have a gallery video of their class among '
    'the k most similar. Chance: gallery videos are drawn at random.',
    LinearProbeMetric='A linear SVM is trained on the gallery; the figures say how many queries it '
    'classifies correctly. Chance: every query gets the largest class of the queries.',
    ChiralityMetric='How well opposite motions are told apart: by the nearest video, if it shows '
    'the same kind of motion, and by a linear SVM for each pair of opposites.',
    EquivarianceMetric='A linear regression predicts from the features of two clips of an unseen '
    'video how they are related. R² is 1 for a perfect prediction and 0 for the mean.',
    TaskMetric='How well the heads solve their tasks on videos that were not used for training.',
    AccMetric='Share of the tested videos that are classified correctly. Chance: every video gets '
    'the largest class of the tested videos.',
)
_FIGURES = dict(
    nn1='1-NN accuracy (R@1)',
    nn1_mean='1-NN accuracy, mean over classes',
    top1='accuracy',
    top5='correct class among the first 5',
    mean1='accuracy, mean over classes',
    C='C, chosen over folds of the gallery',
    folds_top1='accuracy over these folds',
    kind='kind of motion',
    which_way='which way, given the kind',
    opposites='opposites by SVM, mean over pairs',
    any_class='opposites by SVM, any class',
    shift_r2='shift, R²',
    speed_r2='ratio of speeds, R²',
    direction_acc='same or opposite direction, accuracy',
)
# The main figure of a metric, and the counts behind it.
_OF_QUERIES = '{queries} queries, {gallery} gallery videos'
MAIN: Dict[str, Tuple[str, str]] = dict(
    RetrievalMetric=('nn1', _OF_QUERIES),
    LinearProbeMetric=('top1', _OF_QUERIES),
    ChiralityMetric=('which_way', _OF_QUERIES),
    EquivarianceMetric=('shift_r2', '{test_pairs} pairs of clips of {test_videos} unseen videos'),
    AccMetric=('top1', '{videos} tested videos'),
)


def figure_title(figure: str) -> str:
    """A figure in words.

    Args:
        figure (str): Its name in a record.
    """
    if figure.startswith('acc_'):
        return f'{figure.removeprefix("acc_")}, accuracy'
    if figure.startswith('loss_'):
        return f'{figure.removeprefix("loss_")}, loss'
    return _FIGURES.get(figure, figure)


def is_share(figure: str) -> bool:
    """Whether a figure is a share, which is written in percent.

    Args:
        figure (str): Its name in a record.
    """
    return figure != 'C' and not figure.endswith('_r2') and not figure.startswith('loss')


def shown(figure: str, value: Optional[float]) -> str:
    """A value as text; a dash where there is none.

    Args:
        figure (str): Its name in a record.
        value (float, optional): Its value.
    """
    if value is None:
        return '–'
    if is_share(figure):
        return f'{value:.1%}'
    return f'{value:g}' if figure == 'C' else f'{value:.3f}'.replace('-', '−')
