"""The same pool and labels give the same numbers: in a session, by processes, and by Ray's actors."""

import json

import numpy as np
import pytest

from tests.support.scored_pools import read_batch, read_scores, run, write_pool
from vicinal.core.scoring.ecdf import RANK_ERROR
from vicinal.pools.results import PreparedExample
from vicinal.records.pool_options import Metric

FACTORS = ("uncertainty", "density", "diversity")


@pytest.fixture(params=list(Metric))
def pool(tmp_path, request):
    return write_pool(tmp_path, metric=request.param)


def check_same(rows, session, rank_tolerance=0.0):
    scored = list(session.score_pool())
    assert {item.item_id for item in scored} == {item for item, row in rows.items() if row["rank"]}
    allowed = rank_tolerance * len(scored)
    for item in scored:
        row = rows[item.item_id]
        for name in FACTORS:
            assert row[name] == pytest.approx(getattr(item.score, name), abs=1e-5)
            assert abs(row[f"{name}_cdf"] - getattr(item.score, f"{name}_cdf")) <= 1e-5 + rank_tolerance
        # A product of three CDF values is off by at most as much as all of them together.
        assert row["score"] == pytest.approx(item.score.score, abs=1e-5 + 3 * rank_tolerance)
        assert abs(row["rank"] - item.rank) <= 4 * allowed
        told = dict(zip(row["classes"], row["probabilities"], strict=True))
        assert told == pytest.approx(dict(item.probabilities), abs=1e-5)


@pytest.mark.parametrize(
    "strategy", ["default", "classic", "random", "margin", "entropy", "density", "k_center"]
)
def test_numbers_and_batch_are_those_of_the_service(pool, tmp_path, strategy):
    session = pool.session(strategy)
    out = tmp_path / "out"
    run(pool, out, strategy, batch=12)
    check_same(read_scores(out), session)
    assert read_batch(out) == [item.item_id for item in session.leases.open(12, "ana", 600).items]


def test_ranks_by_summaries_are_within_the_bound_and_the_batch_is_the_same(pool, tmp_path):
    session = pool.session("classic")
    out = tmp_path / "out"
    told = run(pool, out, "classic", batch=12, exact_rows=0)
    assert told["rank_error"] <= RANK_ERROR
    check_same(read_scores(out), session, told["rank_error"])
    # Ranks of the first round are those before the batch, so a late pick may differ.
    batch = read_batch(out)
    leased = [item.item_id for item in session.leases.open(12, "ana", 600).items]
    assert len(set(batch) & set(leased)) >= 10
    assert batch[0] == leased[0]


@pytest.mark.parametrize("strategy", ["classic", "default", "random"])
def test_several_workers_change_nothing(pool, tmp_path, strategy):
    outs = []
    for workers in (1, 2):
        outs.append(tmp_path / f"out-{workers}")
        run(pool, outs[-1], strategy, batch=5, workers=workers)
    one, two = ({path.name: path.read_bytes() for path in out.iterdir()} for out in outs)
    assert one == two


@pytest.mark.parametrize("strategy", ["classic", "default"])
def test_a_pool_without_labels(tmp_path, strategy):
    pool, out = write_pool(tmp_path, 200, labels=0), tmp_path / "out"
    session = pool.session(strategy)
    run(pool, out, strategy, batch=4)
    check_same(read_scores(out), session)
    assert read_batch(out) == [item.item_id for item in session.leases.open(4, "ana", 600).items]


@pytest.mark.parametrize("strategy", ["classic", "k_center", "density", "default"])
def test_examples_and_labels_of_duplicates_vote_as_in_the_service(pool, tmp_path, strategy):
    random = np.random.default_rng(3)
    vectors = random.normal(size=(6, 12)).astype(np.float32)
    labels = ["class 0", "class 1", "new"] * 2
    copied = [item for item in pool.ids if item not in pool.label_of][:5]
    session = pool.session(strategy)
    session.examples.add(
        [PreparedExample(f"x{at}", f"x{at}", each) for at, each in enumerate(labels)], vectors
    )
    carry(session, copied)
    with pool.labels.open("a") as file:
        for at, (label, vector) in enumerate(zip(labels, vectors.tolist(), strict=True)):
            file.write(json.dumps({"example_id": f"x{at}", "label": label, "vector": vector}) + "\n")
        for item in copied:
            file.write(json.dumps({"id": item, "label": "class 2", "state": "carried"}) + "\n")
    told = run(pool, tmp_path / "out", strategy, batch=6)
    assert (told["labels"], told["examples"], told["carried"]) == (40, 6, 5)
    check_same(read_scores(tmp_path / "out"), session)
    assert read_batch(tmp_path / "out") == [each.item_id for each in session.leases.open(6, "ana", 600).items]


def carry(session, copied):
    """Lets items vote with another one's label, and sets them aside, as copies are."""

    def put(state):
        for item in copied:
            position = state.items.position(item)
            state.items.set_duplicate(position, True)
            state.scorer.votes.set_vote(position, "class 2", is_carried=True)

    session.read(put)


def test_ray_gives_what_processes_give(tmp_path):
    pytest.importorskip("ray", reason="ray is not installed")
    pool = write_pool(tmp_path)
    for strategy in ("classic", "default"):
        outs = [tmp_path / f"{strategy}-{engine}" for engine in ("local", "ray")]
        for out, engine in zip(outs, ("local", "ray"), strict=True):
            run(pool, out, strategy, batch=8, engine=engine, workers=2)
        assert read_scores(outs[0]) == read_scores(outs[1])
        assert read_batch(outs[0]) == read_batch(outs[1])


@pytest.mark.parametrize("strategy", ["classic", "default"])
def test_classes_are_those_of_the_service(pool, tmp_path, strategy):
    out = tmp_path / "out"
    run(pool, out, strategy, only_classes=True)
    rows = read_scores(out)
    predictions = pool.session(strategy).classify_items(pool.ids)
    for item, predicted in zip(pool.ids, predictions, strict=True):
        assert rows[item]["predicted"] == next(iter(predicted.probabilities))
        assert rows[item]["label"] == pool.label_of.get(item)
    assert "score" not in rows[pool.ids[0]]
