"""Figures of features that need no labels: effective rank, LiDAR, alignment, uniformity.

Features (N, V, D) are those of N videos, V clips of each. All figures are computed in float64.
"""

from typing import Dict

import numpy as np

_EPSILON = 1e-7  # of the two papers on ranks, for features in float32
# Share of the mean variance within videos that is added to each direction of it.
_RIDGE = 1e-4
# A spread below this share of the size is rounding.
_ROUNDING = 1e-10


def health(features: np.ndarray) -> Dict[str, float]:
    """All figures: ``rankme``, ``lidar``, ``alignment`` and ``uniformity``.

    Args:
        features (np.ndarray): Shape (N, V, D), finite, N ≥ 2. With V = 1 there is neither
            ``lidar`` nor ``alignment``, which compare the clips of a video.
    """
    features = np.asarray(features, np.float64)
    figures = dict(rankme=rankme(features), uniformity=uniformity(features))
    if features.shape[1] > 1:
        figures.update(lidar=lidar(features), alignment=alignment(features))
    return figures


def rankme(features: np.ndarray) -> float:
    """RankMe, the effective rank of the matrix of all features.

    With the singular values σ of the matrix (N·V, D), which is not centred, and
    p_k = σ_k / ‖σ‖₁ + ε, RankMe is exp(−Σ_k p_k log p_k): between 1, all features are parallel, and
    min(N·V, D). Garrido et al., "RankMe: Assessing the Downstream Performance of Pretrained
    Self-Supervised Representations by Their Rank", ICML 2023, Eqs. 1 and 2.

    Args:
        features (np.ndarray): Shape (..., D).

    Returns:
        float: 1 if all features are zero.
    """
    rows = np.asarray(features, np.float64).reshape(-1, features.shape[-1])
    return _effective_rank(np.linalg.svd(rows, compute_uv=False))


def lidar(features: np.ndarray) -> float:
    """LiDAR, the effective rank of linear discriminant analysis with a class for every video.

    With the mean m_i of the clips of video i, and m of all clips:

    - between classes: Σ_b = 1/N Σ_i (m_i − m)(m_i − m)ᵀ;
    - within classes: Σ_w = 1/(N·V) Σ_i Σ_j (f_ij − m_i)(f_ij − m_i)ᵀ + δ I;
    - with the eigenvalues λ of Σ_w^(−1/2) Σ_b Σ_w^(−1/2) and p_k = λ_k / ‖λ‖₁ + ε, LiDAR is
      exp(−Σ_k p_k log p_k), at most min(N − 1, D).

    Thilak et al., "LiDAR: Sensing Linear Probing Performance in Joint Embedding SSL Architectures",
    ICLR 2024. There, a class consists of many augmented views of a picture (1,000 classes of 50
    views), and δ is 1e-4. Here it consists of the V clips of a video, which differ in crop and
    colour, and also in time: speed, direction and position. δ is 1e-4 of the mean variance within
    classes, so that the scale of the features does not matter.

    Args:
        features (np.ndarray): Shape (N, V, D), V ≥ 2.

    Returns:
        float: 1 if the means of all videos are equal.
    """
    features = np.asarray(features, np.float64)
    means = features.mean(axis=1)
    between = means - means.mean(axis=0)
    if (between**2).mean() <= _ROUNDING * (features**2).mean():
        return 1.0
    within = (features - means[:, None]).reshape(-1, features.shape[-1])
    covariance = within.T @ within / len(within)
    # If all clips of a video are equal, there is no scale, and none is needed.
    ridge = _RIDGE * np.trace(covariance) / len(covariance) or 1.0
    covariance += ridge * np.eye(len(covariance))
    # The wanted eigenvalues are those of B Σ_w⁻¹ Bᵀ / N, and squares of singular values.
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), between.T)
    return _effective_rank(np.linalg.svd(whitened, compute_uv=False) ** 2)


def alignment(features: np.ndarray) -> float:
    """Mean squared distance of the unit features of two clips of a video, from 0 to 4.

    L_align with α = 2 in Sec. 4.1 of Wang & Isola, "Understanding Contrastive Representation
    Learning through Alignment and Uniformity on the Hypersphere", ICML 2020. All pairs of the V
    clips of a video are positive pairs.

    Args:
        features (np.ndarray): Shape (N, V, D), V ≥ 2.
    """
    unit = _unit(features)
    first, second = np.triu_indices(unit.shape[1], 1)
    return float(((unit[:, first] - unit[:, second]) ** 2).sum(axis=-1).mean())


def uniformity(features: np.ndarray) -> float:
    """Logarithm of the mean of exp(−2 d²) over all pairs of clips of different videos.

    d is the distance of their unit features. L_uniform with t = 2 in Sec. 4.1 of Wang & Isola, see
    :func:`alignment`. 0: all features have the same direction; about −4: they are spread evenly
    over all directions.

    Args:
        features (np.ndarray): Shape (N, V, D), N ≥ 2.
    """
    unit = _unit(features)
    clips = unit.reshape(-1, unit.shape[-1])
    kernel = np.exp(-2 * np.clip(2 - 2 * (clips @ clips.T), 0, None))
    videos = np.repeat(np.arange(len(unit)), unit.shape[1])
    return float(np.log(kernel[videos[:, None] != videos].mean()))


def _unit(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, np.float64)
    return features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), 1e-12)


def _effective_rank(spectrum: np.ndarray) -> float:
    total = spectrum.sum()
    if not total:
        return 1.0
    shares = spectrum / total + _EPSILON
    return float(np.exp(-(shares * np.log(shares)).sum()))
