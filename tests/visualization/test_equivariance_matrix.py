import cv2
import numpy as np
import pytest

from processes import run
from reporting.run_folders import equivariance_record, retrieval_record, write_evaluation
from tev_mmaction.visualization import draw_equivariance_matrix


@pytest.fixture
def matrix():
    shifts = list(range(-30, 30, 2))
    angles = np.array(shifts) / 10
    similarity = np.cos(angles[:, None] - angles).tolist()
    return dict(similarity=similarity, shifts=shifts, vectors='relative_vectors')


@pytest.fixture
def record(matrix, tmp_path):
    shown = equivariance_record()
    shown.details['matrix'] = matrix
    write_evaluation(tmp_path / 'work', [retrieval_record([]), shown], name='2026')
    return tmp_path / 'work' / '2026' / 'evaluation_test.json'


def test_the_picture_shows_the_matrix(matrix):
    axes, bar = draw_equivariance_matrix(matrix, 'all tasks').axes
    (image,) = axes.get_images()
    shown = np.ma.filled(image.get_array(), np.nan)
    expected = np.array(matrix['similarity'])
    assert np.isnan(np.diag(shown)).all()
    off = ~np.eye(30, dtype=bool)
    np.testing.assert_allclose(shown[off], expected[off])
    low, high = image.get_clim()
    assert low == -high and 0.5 < high <= 1
    ticks = zip(axes.get_xticks(), axes.get_xticklabels())
    assert all(label.get_text() == f'{matrix["shifts"][int(at)]:+d}' for at, label in ticks)
    assert axes.get_title() == 'all tasks ψ(p, q)' and bar.get_ylabel() == 'cosine similarity'


@pytest.mark.parametrize('size', [1, 2])
def test_small_matrices(size):
    matrix = dict(similarity=np.eye(size).tolist(), shifts=[0] * size, vectors='clip_features')
    assert draw_equivariance_matrix(matrix).axes[0].get_title() == '[f_p, f_q]'


def drawn(*arguments):
    """What the tool says."""
    return run('tools/visualize/equivariance_matrix.py', *arguments)


def test_the_tool_finds_the_newest_record(record, tmp_path):
    out = tmp_path / 'tool.png'
    done = drawn(tmp_path / 'work', '--out', out)
    assert done.returncode == 0 and str(record) in done.stdout
    picture = cv2.imread(str(out))
    assert picture.shape == (560, 640, 3) and picture.std() > 20


def test_a_record_without_matrix(tmp_path):
    without = equivariance_record()
    without.details['matrix'] = None
    write_evaluation(tmp_path, [retrieval_record([]), without], name='2026')
    done = drawn(tmp_path / '2026' / 'evaluation_test.json', '--out', tmp_path / 'matrix.png')
    assert done.returncode == 2 and 'has no similarity matrix: ' in done.stderr
    assert not (tmp_path / 'matrix.png').exists()
