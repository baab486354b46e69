"""A map of features: a point for every video, coloured by class."""

from importlib.util import find_spec
from typing import Any, Mapping, Sequence, Tuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ..listing import cut

_LEGEND = 20  # classes
_MOST_OF_A_NAME = 32  # characters
_LEAST = 10  # videos that UMAP needs
_MARKERS = 'osD^vP'


def project(kept: Mapping[str, Any]) -> Tuple[np.ndarray, str]:
    """Two coordinates for every video.

    UMAP (McInnes et al., 2018) of the principal components, with a fixed seed, if the package
    ``umap-learn`` is installed and there are ten videos or more; otherwise the first two principal
    components.

    Args:
        kept (dict): Result of :func:`tev_mmaction.evaluation.feature_map.feature_map`.

    Returns:
        tuple[np.ndarray, str]: Coordinates (N, 2), and the name of the method.
    """
    components = np.array(kept['components'], float)
    if len(components) >= _LEAST and find_spec('umap'):
        import umap

        return umap.UMAP(n_components=2, random_state=0).fit_transform(components), 'UMAP'
    if components.shape[1] < 2:
        components = np.pad(components, ((0, 0), (0, 2 - components.shape[1])))
    share = sum(kept['explained'][:2])
    return components[:, :2], f'PCA, {share:.0%} of the variance'


def draw_feature_map(kept: Mapping[str, Any], names: Sequence[str], title: str = '') -> Figure:
    """Draw a map of features.

    Args:
        kept (dict): Result of :func:`tev_mmaction.evaluation.feature_map.feature_map`.
        names (Sequence[str]): Names of the classes.
        title (str): Text before the name of the method. Defaults to ``''``.

    Returns:
        Figure: The figure; with the names of the classes if there are at most 20 of them.
    """
    points, how = project(kept)
    labels = np.array(kept['labels'])
    present = np.unique(labels)
    colours = matplotlib.colormaps['tab10' if len(present) <= 10 else 'tab20']
    figure = Figure(figsize=(7, 5), layout='constrained')
    axes = figure.subplots()
    for number, label in enumerate(present):
        across, up = points[labels == label].T
        axes.scatter(
            across,
            up,
            color=colours(number % colours.N),
            marker=_MARKERS[number // colours.N % len(_MARKERS)],
            s=16,
            alpha=0.8,
            linewidths=0,
            label=cut(str(names[label]), _MOST_OF_A_NAME),
        )
    axes.set(xticks=[], yticks=[], title=', '.join(part for part in (title, how) if part))
    if len(present) <= _LEGEND:
        figure.legend(loc='outside right upper', frameon=False, fontsize=8)
    return figure
