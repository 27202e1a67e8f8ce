import numpy as np
import pytest

from vicinal.core.scoring.diversity import diversity_of
from vicinal.core.scoring.ecdf import cdf_by, summary_of
from vicinal.core.scoring.greedi import BatchCandidates, SecondRound, joined
from vicinal.core.scoring.scores import Exponents
from vicinal.core.similarity import exact_similarities, prepare
from vicinal.records.pool_options import Metric

EXPONENTS = Exponents(1.0, 0.5, 1.0)


def nominees_of(count, metric, seed=0):
    generator = np.random.default_rng(seed)
    vectors = prepare(generator.normal(size=(count, 4)), 4, metric)
    selected = prepare(generator.normal(size=(3, 4)), 4, metric)
    diversity = diversity_of(exact_similarities(vectors, selected, metric).max(axis=1))
    # Few different values, so that ids decide often.
    parts = np.stack([generator.integers(0, 4, count), generator.integers(0, 4, count), diversity])
    cdfs = [cdf_by(summary_of(part), part) for part in parts]
    score = cdfs[0] ** EXPONENTS.uncertainty * cdfs[1] ** EXPONENTS.density * cdfs[2] ** EXPONENTS.diversity
    ids = np.array([f"id-{row:04d}" for row in generator.permutation(count)])
    return BatchCandidates(ids, vectors, parts, np.stack(cdfs[:2]), score)


def brute_force(all_, ranks, metric, size):
    """The same by plain loops over everything."""
    picked, total, diversity = [], 0.0, all_.parts[2].copy()
    merit = all_.cdfs[0] ** EXPONENTS.uncertainty * all_.cdfs[1] ** EXPONENTS.density
    while len(picked) < min(size, len(merit)):
        scores = merit * cdf_by(ranks, diversity) ** EXPONENTS.diversity
        scores[picked] = -1.0
        best = min(range(len(merit)), key=lambda row: (-scores[row], all_.ids[row]))
        total += scores[best]
        picked.append(best)
        near = exact_similarities(all_.vectors, all_.vectors[best : best + 1], metric)[:, 0]
        diversity = np.minimum(diversity, diversity_of(near))
    return [str(all_.ids[row]) for row in picked], total


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("size", [1, 7, 40])
def test_greedy_is_brute_force(metric, size):
    all_ = nominees_of(900, metric)
    ranks = summary_of(all_.parts[2])
    picks = SecondRound(EXPONENTS, ranks, metric).greedy(all_, size)
    assert [str(all_.ids[row]) for row, _ in picks] == brute_force(all_, ranks, metric, size)[0]
    scores = [parts.score for _, parts in picks]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_two_rounds_are_greedy_over_all_where_they_say_so(seed):
    all_ = nominees_of(800, Metric.COSINE, seed)
    ranks = summary_of(all_.parts[2])
    second = SecondRound(EXPONENTS, ranks, Metric.COSINE)
    rounds = [second.nominated(all_.take(rows), 10) for rows in np.array_split(np.arange(800), 5)]
    nominees, left_out = joined([each for each, _ in rounds]), max(rest for _, rest in rounds)
    assert len(nominees.ids) <= 250
    picks = second.greedy(nominees, 10)
    found = [str(nominees.ids[row]) for row, _ in picks]
    true, best = brute_force(all_, ranks, Metric.COSINE, 10)
    if picks[-1][1].score > left_out:
        assert found == true
    assert sum(parts.score for _, parts in picks) >= 0.98 * best


def test_two_rounds_can_be_told_to_be_greedy_over_all():
    all_ = nominees_of(800, Metric.COSINE)
    ranks = summary_of(all_.parts[2])
    second = SecondRound(EXPONENTS, ranks, Metric.COSINE)
    rounds = [second.nominated(all_.take(rows), 40) for rows in np.array_split(np.arange(800), 5)]
    nominees = joined([each for each, _ in rounds])
    picks = second.greedy(nominees, 10)
    assert picks[-1][1].score > max(rest for _, rest in rounds)
    assert [str(nominees.ids[row]) for row, _ in picks] == brute_force(all_, ranks, Metric.COSINE, 10)[0]


def test_fewer_items_than_asked_for_are_all_picked():
    few = nominees_of(3, Metric.COSINE)
    picks = SecondRound(EXPONENTS, summary_of(few.parts[2]), Metric.COSINE).greedy(few, 9)
    assert sorted(row for row, _ in picks) == [0, 1, 2]
