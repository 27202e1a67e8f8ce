import numpy as np

from vicinal.evaluation.baselines.coverage import best, random_order, unlabelled


def test_the_order_is_a_permutation_that_the_seed_decides():
    order = random_order(50, 3)
    assert sorted(order.tolist()) == list(range(50))
    np.testing.assert_array_equal(order, random_order(50, 3))
    assert (order != random_order(50, 4)).any()


def test_a_pool_shuffled_by_the_same_seed_is_not_unshuffled():
    sorted_by_class = np.arange(1000)
    shuffled = sorted_by_class[np.random.default_rng(3).permutation(1000)]
    in_order = shuffled[np.argsort(random_order(1000, 3))]
    for first, second in ((in_order[:-1], in_order[1:]), (in_order, sorted_by_class)):
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_the_best_are_open_and_ties_go_by_the_order():
    scores, order = np.array([2.0, 5.0, 2.0, 7.0, 2.0]), np.array([3, 0, 1, 2, 4])
    assert best(scores, unlabelled(5, {3: "a"}), 9, order) == [1, 2, 0, 4]
    assert best(scores, unlabelled(5, range(5)), 2, order) == []
