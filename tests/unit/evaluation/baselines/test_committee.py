from collections import Counter

import numpy as np

from vicinal.evaluation.baselines.committee import Committee, majority
from vicinal.evaluation.baselines.coverage import random_order


def by_hand(similarities, labelled, neighbours):
    """One member's vote for each row, by sorting."""
    votes = []
    for row in similarities:
        nearest = sorted(labelled, key=lambda at: (-row[at], at))[:neighbours]
        counts = Counter(labelled[at] for at in nearest)
        most = max(counts.values())
        votes.append(next(labelled[at] for at in nearest if counts[labelled[at]] == most))
    return votes


def spaces_by_hand(vectors):
    wide = vectors.astype(np.float64)
    centred = wide - wide.mean(axis=0)
    distances = np.linalg.norm(centred[:, np.newaxis] - centred, axis=2)
    directed = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    # Six dimensions are fewer than the principal directions kept: nothing is lost.
    return [wide @ wide.T, directed @ directed.T, -distances]


def test_picks_have_the_largest_vote_entropy(world):
    pool = world(60)
    pool.label([0, 1, 2, 3, 4, 5])
    baseline = Committee(pool.vectors, 0, pool.probabilities)
    spaces = spaces_by_hand(pool.vectors)
    for _ in range(12):
        members = [by_hand(space, pool.labelled, k) for space in spaces for k in (1, 3, 9)]
        entropies = np.array(
            [
                -sum(v / 9 * np.log(v / 9) for v in Counter(votes).values())
                for votes in zip(*members, strict=True)
            ]
        )
        entropies[list(pool.labelled)] = -1
        pick = baseline.pick(pool.labelled, 1)[0]
        assert np.isclose(entropies[pick], entropies.max())
        tied = np.flatnonzero(np.isclose(entropies, entropies.max()))
        assert pick == min(tied, key=lambda row: random_order(60, 0)[row])
        pool.label([pick])


def test_without_disagreement_rows_come_in_the_order_of_the_seed(world):
    pool = world(60)
    order = np.argsort(random_order(60, 7)).tolist()
    assert Committee(pool.vectors, 7, pool.probabilities).pick({}, 60) == order
    of_another = Committee(pool.vectors, 8, pool.probabilities).pick({}, 60)
    assert of_another != order


def test_a_relabelled_row_votes_anew(world):
    pool = world(60)
    baseline = Committee(pool.vectors, 0, pool.probabilities)
    baseline.pick({0: "a", 1: "a", 2: "b"}, 1)
    changed = {0: "b", 1: "a", 2: "a"}
    assert baseline.pick(changed, 9) == Committee(pool.vectors, 0, pool.probabilities).pick(changed, 9)


def test_a_tie_goes_to_the_class_of_the_nearer():
    codes = np.array([[0, 1, 1], [1, 0, 2], [2, 1, 0]])
    assert majority(codes, 3).tolist() == [1, 1, 2]
    assert majority(np.array([[0, 1, 1, 0], [1, 0, 0, 1]]), 2).tolist() == [0, 1]
