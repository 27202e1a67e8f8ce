import numpy as np

from vicinal.core.votes.knn import NO_VOTER, NearestLabelled


def test_a_label_changes_only_the_rows_it_is_near_to(cloud, metric):
    pool = cloud(400, 6)
    nearest = NearestLabelled(metric, 3)
    nearest.grow(pool)
    for position in range(50):
        before = nearest.positions.copy()
        touched = nearest.append(position)
        changed = np.flatnonzero((nearest.positions != before).any(axis=1))
        assert np.array_equal(touched, changed)
        assert position in touched
    assert 0 < len(touched) < 100


def test_a_removal_changes_only_the_rows_that_had_it(cloud, metric):
    nearest = NearestLabelled(metric, 3)
    nearest.grow(cloud(400, 6))
    nearest.extend(np.arange(50))
    before = nearest.positions.copy()
    touched = nearest.remove(20)
    assert np.array_equal(touched, np.flatnonzero((before == 20).any(axis=1)))
    assert np.array_equal(touched, np.flatnonzero((nearest.positions != before).any(axis=1)))


def test_fewer_labels_than_neighbours_leave_room(cloud, metric):
    nearest = NearestLabelled(metric, 3)
    nearest.grow(cloud(5, 2))
    nearest.append(4)
    assert nearest.positions.tolist() == [[4, NO_VOTER, NO_VOTER]] * 5
    assert np.isneginf(nearest.similarities[:, 1:]).all()
    nearest.remove(4)
    assert (nearest.positions == NO_VOTER).all()
    assert len(nearest.labelled) == 0


def test_new_rows_find_the_labels_that_stand(cloud, metric):
    pool = cloud(60, 4)
    early, late = NearestLabelled(metric, 3), NearestLabelled(metric, 3)
    early.grow(pool[:30])
    late.grow(pool)
    for nearest in (early, late):
        nearest.extend(np.array([3, 9, 20, 29]))
    assert early.grow(pool).tolist() == list(range(30, 60))
    assert np.array_equal(early.positions, late.positions)
    assert np.array_equal(early.similarities, late.similarities)
