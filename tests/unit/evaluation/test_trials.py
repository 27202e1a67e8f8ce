import numpy as np

from tests.support.clusters import clusters
from vicinal.evaluation.trials import accuracy_with_all, make_trial, split_by_group

DATA = clusters()
SPLIT = split_by_group(DATA.groups, DATA.classes, 0.2, 0)


def test_a_trial_hangs_on_its_seed_alone():
    first, again, other = (make_trial(DATA, SPLIT, 50, seed) for seed in (0, 0, 1))
    assert first.sources == again.sources != other.sources
    np.testing.assert_array_equal(first.pool, again.pool)
    assert len(first.ids) == len(first.pool) == len(first.classes) == 50


def test_rows_keep_their_ids_and_classes():
    trial = make_trial(DATA, SPLIT, None, 3)
    assert sorted(trial.sources) == sorted(DATA.ids[row] for row in SPLIT.train)
    for item_id, vector, name in zip(trial.sources, trial.pool, trial.classes, strict=True):
        row = DATA.ids.index(item_id)
        assert name == DATA.classes[row]
        np.testing.assert_array_equal(vector, DATA.vectors[row])
    np.testing.assert_array_equal(trial.test, DATA.vectors[SPLIT.test])


def test_neighbours_are_found_once_and_are_the_nearest():
    trial = make_trial(DATA, SPLIT, None, 0)
    lists = trial.neighbours(5)
    assert trial.neighbours(5) is lists
    unit = trial.pool / np.linalg.norm(trial.pool, axis=1, keepdims=True)
    similar = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    np.testing.assert_array_equal(lists.keys[:, 0], similar.argmax(axis=1))


def test_accuracy_with_all_by_brute_force():
    noisy = clusters(spread=1.2)
    split = split_by_group(noisy.groups, noisy.classes, 0.3, 1)
    trial = make_trial(noisy, split, None, 0)
    right = 0
    for vector, answer in zip(trial.test, trial.test_classes, strict=True):
        similar = trial.pool @ vector / np.linalg.norm(trial.pool, axis=1) / np.linalg.norm(vector)
        votes: dict[str, float] = {}
        for row in np.argsort(-similar)[:10]:
            votes[trial.classes[row]] = votes.get(trial.classes[row], 0.0) + max(similar[row], 0.0)
        right += max(sorted(votes), key=votes.get) == answer
    assert accuracy_with_all(trial) == right / len(trial.test)
    assert right < len(trial.test)
