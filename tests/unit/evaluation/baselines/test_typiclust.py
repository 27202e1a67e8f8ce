import numpy as np

from vicinal.evaluation.baselines import typiclust
from vicinal.evaluation.baselines.coverage import k_means
from vicinal.evaluation.baselines.typiclust import TypiClust, cluster_count, typicality


def slow_typicality(members):
    wide = members.astype(np.float64)
    values = []
    for row in range(len(wide)):
        others = np.delete(wide, row, axis=0)
        nearest = np.sort(np.linalg.norm(others - wide[row], axis=1))[:20]
        values.append(1 / nearest.mean())
    return np.array(values)


def test_typicality_is_the_inverse_mean_distance_to_the_nearest(world):
    for count in (2, 15, 60):
        members = world(count).vectors
        np.testing.assert_allclose(typicality(members), slow_typicality(members), rtol=1e-4)


def test_typicality_of_one_row_and_of_equal_rows():
    assert typicality(np.ones((1, 2), dtype=np.float32)).tolist() == [0.0]
    assert np.isinf(typicality(np.float32([[1, 0]] * 3))).all()


def test_the_first_batch_takes_the_most_typical_of_each_cluster_the_largest_first(world):
    pool = world(300)
    clusters = k_means(pool.vectors, 10, 4)
    sizes = np.bincount(clusters, minlength=10)
    assert sizes.min() > typiclust.TOO_SMALL
    baseline = TypiClust(pool.vectors, 4, pool.probabilities)
    expected = []
    for cluster in np.argsort(-sizes, kind="stable"):
        members = np.flatnonzero(clusters == cluster)
        expected.append(int(members[slow_typicality(pool.vectors[members]).argmax()]))
        pool.label(baseline.pick(pool.labelled, 1))
    assert list(pool.labelled) == expected


def test_a_cluster_with_a_label_waits_for_those_without(world):
    pool = world(300)
    clusters = k_means(pool.vectors, 10, 4)
    largest = int(np.bincount(clusters).argmax())
    elsewhere = int(np.flatnonzero(clusters == largest)[-1])
    pool.label([elsewhere])
    for _ in range(9):
        pool.label(TypiClust(pool.vectors, 4, pool.probabilities).pick(pool.labelled, 1))
    assert sorted(clusters[list(pool.labelled)]) == list(range(10))


def test_small_clusters_come_last(world, monkeypatch):
    pool = world(30)
    monkeypatch.setattr(typiclust, "k_means", lambda *_: np.repeat([0, 1, 2], [5, 19, 6]))
    picks = TypiClust(pool.vectors, 0, pool.probabilities).pick({}, 27)
    groups = np.repeat([0, 1, 2], [5, 19, 6])[picks].tolist()
    assert groups[:4] == [1, 2, 1, 2]
    assert groups.index(0) == 25


def test_clusters_are_made_for_batches(world, monkeypatch):
    pool = world(200)
    asked = []
    monkeypatch.setattr(
        typiclust,
        "k_means",
        lambda vectors, count, seed: asked.append(count) or k_means(vectors, count, seed),
    )
    baseline = TypiClust(pool.vectors, 0, pool.probabilities)
    for _ in range(25):
        pool.label(baseline.pick(pool.labelled, 1))
    assert asked == [10, 12, 15, 18, 22, 27]


def test_there_are_as_many_clusters_as_labels_up_to_the_most():
    for labels in range(1, 800):
        assert cluster_count(labels, 10_000) >= min(labels, typiclust.MOST_CLUSTERS)
    assert cluster_count(1000, 10_000) == typiclust.MOST_CLUSTERS
    assert cluster_count(50, 20) == 20
