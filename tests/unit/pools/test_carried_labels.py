"""A label of the item that is shown votes for its duplicates as well, and leaves no trace when it goes."""

import pytest

from tests.support.reference_finder import ReferenceFinder
from tests.support.sessions import Bench, items_of, label, numbers, vectors_of
from vicinal.core.records import DuplicateRecord
from vicinal.pools.measurement.comparison import replay
from vicinal.pools.measurement.curve import evidence_of
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.pool_options import Duplicates
from vicinal.records.pools import Fingerprint, Medium

MODELS = ("direct", "diffused", "blended")
# Items 20 to 23 have the contents of 0, 0, 1 and 2.
DUPLICATES = {"item-020": "item-000", "item-021": "item-000", "item-022": "item-001", "item-023": "item-002"}


@pytest.fixture(params=MODELS)
def bench(request, make_bench) -> Bench:
    made = make_bench(vote_model=request.param, carry_labels=True)
    made.make_finder = ReferenceFinder
    return made


@pytest.fixture
def session(bench: Bench) -> PoolSession:
    session = bench.open()
    session.items.add(items_of(20), vectors_of(20))
    duplicates = [
        PreparedItem(item_id, f"hash-{int(representative[-3:])}")
        for item_id, representative in DUPLICATES.items()
    ]
    assert session.items.add(duplicates, vectors_of(4, seed=7)).duplicates == 4
    return session


def votes(session: PoolSession) -> dict[str, str]:
    """Who votes for what in the model itself."""

    def read(state) -> dict[str, str]:
        list(session.score_pool())
        standing = state.scorer.votes.model.labelled
        return {state.items.ids[position]: name for position, name in standing.items()}

    return session.read(read)


def test_duplicates_vote_with_the_label_of_the_item_that_is_shown(session):
    label(session, _000="a", _003="b")
    assert votes(session) == {"item-000": "a", "item-020": "a", "item-021": "a", "item-003": "b"}
    vector = session.read(lambda state: state.scorer.pool[20])
    told = session.classify(vector[None], with_neighbours=True)[0].neighbours
    carried = {each.item_id: each.carried_from for each in told}
    assert (carried["item-020"], carried["item-000"], carried["item-003"]) == ("item-000", "", "")
    item = session.explain("item-020").item
    assert (item.state, item.label, item.carried_label) == ("excluded", "", "a")


def test_they_count_neither_as_labels_nor_as_progress(session, make_bench):
    label(session, _000="a", _003="b")
    alone = make_bench(carry_labels=False).open()
    alone.items.add(items_of(24), vectors_of(24))
    label(alone, _000="a", _003="b")
    view = session.view()
    assert (view.counts.labelled, dict(view.label_counts)) == (2, {"a": 1, "b": 1})
    exponent = next(session.score_pool("default")).score.density_exponent
    assert exponent == next(alone.score_pool("default")).score.density_exponent


def test_every_change_is_followed(bench, session):
    label(session, _000="a")
    session.labels.submit([LabelInput("item-000", "b", relabel=True)])
    assert votes(session) == dict.fromkeys(["item-000", "item-020", "item-021"], "b")
    session.items.restore(["item-020"])
    assert votes(session) == dict.fromkeys(["item-000", "item-021"], "b")
    label(session, _020="c")
    session.items.add([PreparedItem("item-024", "hash-0")], vectors_of(1, seed=8))
    assert votes(session) == {"item-000": "b", "item-021": "b", "item-024": "b", "item-020": "c"}
    assert votes(bench.open()) == votes(session)
    assert numbers(bench.open()) == numbers(session)
    session.duplicates.split("item-000")
    assert votes(session) == {"item-000": "b", "item-020": "c"}
    session.labels.remove(["item-000", "item-020"])
    assert votes(session) == {}


def test_a_label_that_goes_leaves_no_trace(session):
    label(session, _003="b", _001="c")
    before = numbers(session)
    label(session, _000="a", _002="b")
    assert numbers(session) != before
    session.labels.remove(["item-000", "item-002"])
    assert numbers(session) == before


def test_a_duplicate_with_a_label_of_its_own_votes_with_that(session):
    session.items.restore(["item-020"])
    label(session, _020="z", _000="a")
    assert votes(session) == {"item-020": "z", "item-000": "a", "item-021": "a"}


def test_the_holdout_neither_gives_nor_takes(session):
    held = [PreparedItem("held", "hash-5", holdout=True), PreparedItem("held-too", "new", holdout=True)]
    session.items.add([*held, PreparedItem("of-held", "new")], vectors_of(3, seed=8))
    session.labels.submit([LabelInput("item-005", "a"), LabelInput("held-too", "b")])
    assert votes(session) == {"item-005": "a"}
    assert session.explain("held").item.carried_label == ""


def test_labels_of_the_past_are_carried_when_they_are_learned_again(session):
    label(session, _000="a", _003="b", _001="c")

    def both(state) -> tuple[object, object]:
        learned = evidence_of(state).learned
        asked = learned.positions
        now = state.scorer.votes.probabilities(asked).argmax(axis=1)
        return replay(state, learned, [len(learned)], asked)[0].tolist(), now.tolist()

    session.leases.open(1)
    again, now = session.read(both)
    assert again == now


def test_not_where_nobody_asked_for_it(make_bench):
    bench = make_bench()
    bench.make_finder = ReferenceFinder
    session = bench.open()
    session.items.add([PreparedItem("a", "x"), PreparedItem("b", "x")], vectors_of(2))
    session.labels.submit([LabelInput("a", "ripe")])
    assert votes(session) == {"a": "ripe"}


@pytest.mark.parametrize("medium", list(Medium))
@pytest.mark.parametrize("same", ["content", "text", "other text", "nothing"])
def test_near_duplicates_take_labels_among_images_alone(make_bench, medium, same):
    """Of texts and vectors only what is the same as the item that stands for it."""
    made = Fingerprint("model", "1", "none", 8, medium)
    bench = make_bench(carry_labels=True, fingerprint=made, featurizer="model", duplicates=Duplicates.NEAR)
    session = bench.open()
    hashes = ("x", "x" if same == "content" else "y")
    session.items.add(
        [PreparedItem(each, content) for each, content in zip("ab", hashes, strict=True)], vectors_of(2)
    )
    evidence = DuplicateEvidence(0.99, is_identical=same in {"text", "other text"})
    with_what = "c" if same == "other text" else "a"
    record = DuplicateRecord("b", "a", DuplicateKind.DUPLICATE, evidence, with_what, 1.0)
    session.read(lambda state: state.change_duplicates([record], ()))
    session.labels.submit([LabelInput("a", "ripe")])
    carries = medium is Medium.IMAGE or same in {"content", "text"}
    assert session.explain("b").item.carried_label == ("ripe" if carries else "")
    assert votes(session) == ({"a": "ripe", "b": "ripe"} if carries else {"a": "ripe"})
    lines = [(event.item_id, event.carried_from) for event in session.export_labels(with_duplicates=True)]
    assert lines == [("a", ""), *([("b", "a")] if carries else [])]


def test_export_with_duplicates(session):
    label(session, _001="c", _000="a")
    told = [(event.item_id, event.label, event.carried_from) for event in session.export_labels()]
    assert told == [("item-001", "c", ""), ("item-000", "a", "")]
    lines = session.export_labels(with_duplicates=True)
    assert [(event.item_id, event.label, event.carried_from) for event in lines] == [
        ("item-001", "c", ""),
        ("item-022", "c", "item-001"),
        ("item-000", "a", ""),
        ("item-020", "a", "item-000"),
        ("item-021", "a", "item-000"),
    ]
    assert {event.carried_from for event in session.history()} == {""}
