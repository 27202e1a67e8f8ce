"""Near duplicates of contents: a new item joins a group if most of its members agree."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.reference_finder import ReferenceFinder
from tests.support.sessions import Bench, vectors_of
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import NO_SKETCH
from vicinal.pools.clock import moment_of
from vicinal.pools.results import PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Duplicates
from vicinal.records.pools import Fingerprint, Medium

MODEL = Fingerprint("words", "1", "none", 8, Medium.TEXT)


@pytest.fixture
def bench(make_bench) -> Bench:
    """Of texts; two that share two letters are near duplicates."""
    made = make_bench(duplicates=Duplicates.NEAR, featurizer="words", fingerprint=MODEL)
    made.make_finder = ReferenceFinder
    return made


def items(session: PoolSession, **texts: str) -> list[PreparedItem]:
    return [
        PreparedItem(item_id, f"hash of {text}", sketch=session.duplicates.search.sketch(text))
        for item_id, text in texts.items()
    ]


def add(session: PoolSession, **texts: str) -> int:
    return session.items.add(items(session, **texts), vectors_of(len(texts))).duplicates


def representative_ids(session: PoolSession) -> dict[str, str]:
    groups, _ = session.duplicates.list()
    return {member.item_id: group.representative.item_id for group in groups for member in group.duplicates}


def test_what_a_near_duplicate_is_told_of(bench):
    session = bench.open()
    assert add(session, a="abc", b="xyz", c="abq") == 1
    item = session.explain("c").item
    assert item.reason == "augmentation of 'a'"
    assert (item.duplicate_of.compared_with, item.duplicate_of.evidence.kinds) == ("a", ("edited",))
    assert item.duplicate_of.found_at == moment_of(bench.clock.now())


@pytest.mark.parametrize("at_once", [True, False])
def test_most_of_a_group_have_to_agree(bench, at_once):
    session = bench.open()
    # c is like b, but not like a; of the group's two members both have to agree.
    texts = {"a": "abm", "b": "bcm", "c": "cdb"}
    if at_once:
        assert add(session, **texts) == 1
    else:
        assert [add(session, **{key: text}) for key, text in texts.items()] == [0, 1, 0]
    assert representative_ids(session) == {"b": "a"}
    # Of three members two agree.
    assert add(session, d="abcm") == 1
    assert add(session, e="bcm") == 1
    assert representative_ids(session) == {"b": "a", "d": "a", "e": "a"}
    assert bench.open().duplicates.list() == session.duplicates.list()


def test_the_very_same_content_joins_whatever_the_others_say(bench):
    session = bench.open()
    add(session, a="abm", b="bcm")
    session.duplicates.split("a")
    add(session, c="bcm")
    assert representative_ids(session) == {"c": "b"}


def test_a_duplicate_of_a_restored_item_stays_one(bench):
    session = bench.open()
    add(session, a="abm", b="bcm")
    session.duplicates.split("a")
    add(session, c="cmx")
    session.duplicates.find(lambda *_: None)
    assert representative_ids(session) == {"c": "b"}


def test_a_new_item_merges_no_groups(bench):
    session = bench.open()
    assert add(session, a="abc", b="abd", x="xyz", y="xyw") == 2
    assert add(session, m="abcxy") == 1
    assert representative_ids(session) == {"b": "a", "y": "x", "m": "a"}


def test_contents_that_cannot_be_read_and_vectors_are_nobodys_duplicates(bench):
    session = bench.open()
    with pytest.raises(ContentUnreadable):
        session.duplicates.search.sketch("")
    assert session.duplicates.search.sketch(np.ones(8, np.float32)) == NO_SKETCH
    given = [replace(item, sketch=None) for item in items(session, a="abc", b="abc")]
    assert session.items.add(given, vectors_of(2)).duplicates == 0
    assert add(session, c="abc") == 0
    assert session.duplicates.check(session.duplicates.search.sketch("abq"))[0].item_id == "c"


def test_sketches_are_there_after_a_restart(bench):
    add(bench.open(), a="abc", b="xyz")
    session = bench.open()
    assert add(session, c="abq", d="xyq") == 2
    assert representative_ids(session) == {"c": "a", "d": "b"}


def test_the_nearest_items_of_views_are_tried(bench):
    made: list[ReferenceFinder] = []

    def make_finder(*given) -> ReferenceFinder:
        made.append(ReferenceFinder(*given))
        return made[-1]

    bench.make_finder = make_finder
    session = bench.open()
    add(session, **{f"t{row}": f"text-{row}" for row in range(8)})
    vectors = session.read(lambda state: state.scorer.pool)
    (new,) = items(session, new="quite new")
    augmentations = np.stack([vectors[6] * 3, np.zeros(8)]).astype(np.float32)
    session.items.add([replace(new, augmentations=augmentations)], vectors_of(1))
    asked = [nearest for finder in made for nearest in finder.asked_nearest if nearest]
    similar = vectors @ vectors[6]
    assert asked[0] == sorted(np.argsort(-similar)[:5].tolist())
