"""Exact search against a stable sort of all inner products in float64."""

import numpy as np
import pytest
import torch

from tev_mmaction.evaluation import nearest_neighbours, neighbour_search


@pytest.fixture(params=[(512, 32768, 8192), (7, 16, 5)], ids=['one chunk', 'many chunks'])
def chunks(request, monkeypatch):
    for name, value in zip(('_ROWS', '_COLUMNS', '_RESCORED'), request.param):
        monkeypatch.setattr(neighbour_search, name, value)


def unit(rng, count, width):
    vectors = rng.normal(size=(count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def brute_force(queries, gallery, k):
    """One product at a time, one query at a time; a stable sort decides ties by position."""
    positions = np.empty((len(queries), k), np.int64)
    for row, query in enumerate(queries.astype(np.float64)):
        products = [float((query * vector).sum()) for vector in gallery.astype(np.float64)]
        positions[row] = sorted(range(len(gallery)), key=lambda i: (-products[i], i))[:k]
    return positions


@pytest.mark.parametrize('k', [1, 5, 20, 75])
def test_as_a_full_sort(chunks, rng, k):
    queries, gallery = unit(rng, 23, 16), unit(rng, 75, 16)
    positions, products = nearest_neighbours(queries, gallery, k)
    np.testing.assert_array_equal(positions, brute_force(queries, gallery, k))
    expected = np.take_along_axis(
        queries.astype(np.float64) @ gallery.T.astype(np.float64), positions, axis=1
    )
    np.testing.assert_allclose(products, expected, atol=1e-12)
    assert (np.diff(products, axis=1) <= 0).all()


def test_vectors_of_any_length(chunks, rng):
    queries = unit(rng, 23, 16) * rng.uniform(0.01, 1000, size=(23, 1)).astype(np.float32)
    gallery = unit(rng, 75, 16) * rng.uniform(0.01, 1000, size=(75, 1)).astype(np.float32)
    positions, _ = nearest_neighbours(queries, gallery, 10)
    np.testing.assert_array_equal(positions, brute_force(queries, gallery, 10))


def test_ties_go_to_the_first_of_the_gallery(chunks, rng):
    distinct = unit(rng, 6, 16)
    which = rng.integers(6, size=90)
    queries = unit(rng, 11, 16)
    positions, _ = nearest_neighbours(queries, distinct[which], 40)
    order = brute_force(queries, distinct, 6)
    for row in range(11):
        expected = [i for vector in order[row] for i in np.flatnonzero(which == vector)][:40]
        assert positions[row].tolist() == expected


def test_all_equal(chunks, rng):
    gallery = np.repeat(unit(rng, 1, 16), 70, axis=0)
    positions, _ = nearest_neighbours(gallery[:9], gallery, 12)
    assert (positions == np.arange(12)).all()


def test_differences_below_float32_products(chunks, rng):
    """Vectors that a float32 product cannot order are ordered right."""
    base = unit(rng, 1, 512)[0]
    gallery = np.repeat(base[None], 64, axis=0)
    for row, dimension in enumerate(rng.integers(512, size=64)):
        gallery[row, dimension] = np.nextafter(gallery[row, dimension], np.float32(2 * (row % 2)))
    queries = np.stack([base, unit(rng, 1, 512)[0]])
    products = torch.from_numpy(queries) @ torch.from_numpy(gallery).T
    coarse = products.argsort(dim=1, descending=True, stable=True)[:, :20].numpy()
    expected = brute_force(queries, gallery, 20)
    assert not np.array_equal(coarse, expected), 'float32 alone must fail, or this tests nothing'
    np.testing.assert_array_equal(nearest_neighbours(queries, gallery, 20)[0], expected)


def test_the_number_of_threads_changes_nothing(rng):
    queries, gallery = unit(rng, 40, 64), unit(rng, 3000, 64)
    gallery[1500:] = gallery[:1500]
    results = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        results.append(nearest_neighbours(queries, gallery, 20)[0])
    torch.set_num_threads(1)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize('k', [0, 6])
def test_more_neighbours_than_vectors(rng, k):
    with pytest.raises(ValueError, match=f'{k} neighbours cannot be found among 5'):
        nearest_neighbours(unit(rng, 2, 4), unit(rng, 5, 4), k)


def test_other_width(rng):
    with pytest.raises(ValueError, match='queries have 4 dimensions, the gallery has 5'):
        nearest_neighbours(unit(rng, 2, 4), unit(rng, 5, 5), 1)


def test_no_queries(rng):
    positions, _ = nearest_neighbours(np.empty((0, 4), np.float32), unit(rng, 5, 4), 3)
    assert positions.shape == (0, 3)


def test_vectors_that_are_nearly_alike(chunks, rng, monkeypatch):
    """As those of a collapsed network: float32 leaves all of them as candidates."""
    base = unit(rng, 1, 64)
    gallery = (base + 1e-6 * rng.normal(size=(300, 64))).astype(np.float32)
    queries = (base + 1e-6 * rng.normal(size=(9, 64))).astype(np.float32)
    monkeypatch.setattr(neighbour_search, '_MOST_CANDIDATES', 1)
    rescored = []
    inner_products = neighbour_search._inner_products
    monkeypatch.setattr(
        neighbour_search,
        '_inner_products',
        lambda *args: rescored.append(len(args[2])) or inner_products(*args),
    )
    positions, _ = nearest_neighbours(queries, gallery, 4)
    np.testing.assert_array_equal(positions, brute_force(queries, gallery, 4))
    assert sum(rescored) < 9 * 300 / 2, 'not one by one'


def test_arrays_of_other_layouts(rng):
    queries, gallery = unit(rng, 9, 16), unit(rng, 75, 16)
    expected = nearest_neighbours(queries, gallery, 5)[0]
    for change in (np.asfortranarray, lambda x: x.astype(np.float64), lambda x: x[::-1][::-1]):
        found = nearest_neighbours(change(queries), change(gallery), 5)[0]
        np.testing.assert_array_equal(found, expected)
