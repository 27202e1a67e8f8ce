"""One suite for every `DuplicateFinder`."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import encoded, noisy, scene
from vicinal.core.duplicates import MOST_EXACT, DuplicateFinder
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import Neighbours, Sketch
from vicinal.core.similarity import prepare, similarities
from vicinal.duplicates import ImageDuplicateFinder, TextDuplicateFinder, VectorDuplicateFinder
from vicinal.records.duplicates import DuplicateKind
from vicinal.records.pool_options import Metric

ITEMS = 60
NONE = Sketch(())
# Exact duplicates, a near duplicate of them, and near duplicates of another one, among items that differ.
EXACT, NEAR, OTHER = (10, 31), 45, (20, 52)
FAMILIES = [{*EXACT, NEAR}, {*OTHER}]


@dataclass
class Pool:
    """A finder beside what a store would keep."""

    medium: str
    near: bool = True

    def __post_init__(self) -> None:
        self.bodies: list[bytes] = []
        self.finder: DuplicateFinder = self._finder()

    def _finder(self) -> DuplicateFinder:
        if self.medium == "image":
            return ImageDuplicateFinder(self.read, near=self.near)
        if self.medium == "text":
            return TextDuplicateFinder(self.read, near=self.near)
        return VectorDuplicateFinder(self.read, lambda: None, self.nearest, Metric.COSINE, near=self.near)

    def read(self, positions: Sequence[int]) -> list[bytes]:
        return [self.bodies[each] for each in positions]

    def nearest(self, vectors: np.ndarray, count: int) -> Neighbours:
        known = [place for place, body in enumerate(self.bodies) if body]
        rows = np.stack([np.frombuffer(self.bodies[place], "<f4") for place in known])
        found = similarities(vectors, rows, Metric.COSINE)
        order = np.argsort(-found, axis=1, kind="stable")[:, :count]
        keys, values = np.array(known)[order], np.take_along_axis(found, order, axis=1)
        missing = ((0, 0), (0, count - keys.shape[1]))
        return Neighbours(
            np.pad(keys, missing, constant_values=-1), np.pad(values, missing, constant_values=-np.inf)
        )

    def add(self, sketches: Sequence[Sketch]) -> None:
        """As a pool does: to the store first."""
        self.bodies += [sketch.body for sketch in sketches]
        self.finder.grow(sketches)

    def families(self, positions: Sequence[int] | None = None, keep: Sequence[int] = ()) -> list[set[int]]:
        chosen = range(len(self.finder)) if positions is None else positions
        groups = self.finder.groups(chosen, keep, lambda step, done, of: None)
        assert [group.representative for group in groups] == sorted(group.representative for group in groups)
        return sorted(
            ({group.representative, *(copy.position for copy in group.duplicates)} for group in groups),
            key=min,
        )


def images() -> list[bytes]:
    made = [encoded(scene(seed)) for seed in range(ITEMS)]
    made[EXACT[1]] = made[EXACT[0]]
    made[NEAR] = encoded(ImageOps.mirror(scene(EXACT[0])))
    made[OTHER[1]] = encoded(noisy(scene(OTHER[0]), 12))
    return made


def texts() -> list[str]:
    random = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz "))
    made = ["".join(letters[random.integers(0, 27, 60)]).strip() for _ in range(ITEMS)]
    made[EXACT[1]] = made[EXACT[0]]
    made[NEAR] = made[EXACT[0]] + " https://example.org/a"
    made[OTHER[1]] = made[OTHER[0]] + "!"
    return made


def vectors() -> list[np.ndarray]:
    made = np.random.default_rng(0).standard_normal((ITEMS, 6))
    made[EXACT[1]] = made[EXACT[0]]
    made[NEAR] = made[EXACT[0]] + 1e-3
    made[OTHER[1]] = made[OTHER[0]] - 1e-3
    return list(prepare(made, 6, Metric.COSINE))


CONTENTS: dict[str, Callable[[], list]] = {"image": images, "text": texts, "vector": vectors}
_sketched: dict[tuple[str, bool], list[Sketch]] = {}


@pytest.fixture(params=list(CONTENTS))
def medium(request) -> str:
    return request.param


def sketches(medium: str, near: bool = True) -> list[Sketch]:
    if (medium, near) not in _sketched:
        finder = Pool(medium, near).finder
        _sketched[medium, near] = [finder.sketch(content) for content in CONTENTS[medium]()]
    return _sketched[medium, near]


@pytest.fixture
def pool(medium) -> Pool:
    filled = Pool(medium)
    filled.add(sketches(medium))
    return filled


def test_groups_are_the_duplicates_and_nothing_else(pool):
    assert len(pool.finder) == ITEMS
    assert pool.families() == FAMILIES


def test_one_by_one_as_all_at_once(medium, pool):
    single = Pool(medium)
    for position, sketch in enumerate(sketches(medium)):
        found = {match.position for match in single.finder.matches(sketch)}
        exact = {EXACT[0]} if position == EXACT[1] else set()
        assert found >= exact
        if position >= 40 or not found:
            family = next((family for family in FAMILIES if position in family), {position})
            assert found == {each for each in family if each < position}
        single.add([sketch])
    assert single.families() == pool.families()


def test_the_same_items_give_the_same_groups(medium, pool):
    again = Pool(medium)
    again.add(sketches(medium))
    chosen = (range(ITEMS), (NEAR,), lambda step, done, of: None)
    assert again.finder.groups(*chosen) == pool.finder.groups(*chosen)


def test_exact_matches_come_first(medium, pool):
    matches = pool.finder.matches(sketches(medium)[EXACT[0]])
    assert [match.position for match in matches] == [*EXACT, NEAR]
    assert all(match.evidence.similarity == 1.0 for match in matches[:2])
    assert all(match.kind is DuplicateKind.DUPLICATE for match in matches[:2])
    assert 0 < matches[2].evidence.similarity <= 1
    assert matches[2].evidence.kinds


def test_of_many_exact_duplicates_the_first_few_are_named(medium, pool):
    exact, near = sketches(medium)[EXACT[0]], sketches(medium)[NEAR]
    pool.add([exact] * 30)
    named = [*EXACT, *range(ITEMS, ITEMS + MOST_EXACT - 2)]
    assert [match.position for match in pool.finder.matches(exact)][:MOST_EXACT] == named
    last = ITEMS + 29
    assert pool.finder.is_exact(exact, last)
    assert not pool.finder.is_exact(near, last)
    assert not pool.finder.is_exact(exact, ITEMS + 30)
    assert pool.finder.compared(NONE, [0, last]) == []
    assert [match.position for match in pool.finder.compared(exact, [last, 0])] == [last]
    # Identical vectors fill the lists of nearest ones, and nothing tells how near others are.
    if medium != "vector":
        assert {match.position for match in pool.finder.matches(near)} >= {NEAR, *EXACT}
        assert [match.position for match in pool.finder.compared(near, [last, 0])] == [last]
        assert pool.families([NEAR, last, 0]) == [{NEAR, last}]


def test_items_named_as_near_are_tried_and_no_others_are_invented(medium, pool):
    sketch = sketches(medium)[NEAR]
    tried = pool.finder.matches(sketch, nearest=[0, OTHER[0], EXACT[0], ITEMS + 5])
    assert {match.position for match in tried} == {*EXACT, NEAR}


def test_compare_says_what_matches_say(medium, pool):
    for first, second in [EXACT, OTHER, (NEAR, EXACT[1]), (0, 1), (NEAR, OTHER[0])]:
        found = pool.finder.compare(first, second)
        among = {match.position: match for match in pool.finder.matches(sketches(medium)[second])}
        assert found == among.get(first)


def test_of_the_kept_the_first_stays(pool):
    groups = pool.finder.groups(range(ITEMS), {NEAR, EXACT[1]}, lambda step, done, of: None)
    assert [group.representative for group in groups if group.representative in FAMILIES[0]] == [EXACT[1]]
    duplicates = {copy.position: copy for group in groups for copy in group.duplicates}
    assert duplicates[EXACT[0]].compared_with == EXACT[1]
    assert duplicates[EXACT[0]].kind is DuplicateKind.DUPLICATE
    assert duplicates[NEAR].compared_with in EXACT


def test_only_positions_asked_for_are_grouped(pool):
    assert pool.families([each for each in range(ITEMS) if each not in (EXACT[0], OTHER[0])]) == [
        {EXACT[1], NEAR}
    ]
    assert pool.families([]) == []


def test_without_bodies_only_exact_duplicates(medium):
    pool = Pool(medium, near=False)
    pool.add(sketches(medium, near=False))
    assert not any(pool.bodies)
    assert pool.families() == [{*EXACT}]
    sketch = sketches(medium, near=False)[EXACT[0]]
    assert [match.position for match in pool.finder.matches(sketch, nearest=[NEAR, 3])] == [*EXACT]
    assert pool.finder.compare(*EXACT).evidence.similarity == 1.0
    assert pool.finder.compare(NEAR, EXACT[0]) is None


def test_an_empty_sketch_is_nobodys_duplicate(medium, pool):
    pool.add([NONE, NONE])
    assert pool.families() == FAMILIES
    assert pool.finder.matches(NONE) == pool.finder.matches(NONE, nearest=[0, ITEMS]) == []
    assert pool.finder.compare(ITEMS, ITEMS + 1) is None
    assert pool.finder.compare(0, ITEMS) is None
    found = pool.finder.matches(sketches(medium)[NEAR], nearest=[ITEMS, 0])
    assert {match.position for match in found} == FAMILIES[0]


def test_an_empty_pool(medium):
    pool = Pool(medium)
    assert len(pool.finder) == 0
    assert pool.families() == []
    assert pool.finder.matches(sketches(medium)[0]) == []
    pool.add([])
    pool.add([NONE])
    assert (len(pool.finder), pool.families()) == (1, [])


def test_what_is_no_content_of_the_medium_is_refused(medium):
    wrong = {"image": "a text", "text": b"bytes", "vector": "a text"}
    with pytest.raises(ContentUnreadable, match="give"):
        Pool(medium).finder.sketch(wrong[medium])


def test_a_damaged_body_is_named(medium, pool):
    damaged = b"\xff\xfe\x00" if medium != "image" else pool.bodies[NEAR][:-3]
    pool.bodies[NEAR] = damaged
    with pytest.raises(StorageCorrupt, match="damaged"):
        pool.finder.compare(EXACT[0], NEAR)


def test_progress_is_told_and_stops_the_search(pool):
    told = []
    pool.finder.groups(range(ITEMS), (), lambda *each: told.append(each))
    assert {step for step, _, _ in told} == {"looking up", "verifying", "choosing"}
    assert all(0 <= done <= of for _, done, of in told)

    def stop(step: str, done: int, of: int) -> None:
        raise KeyError(step)

    with pytest.raises(KeyError, match="looking up"):
        pool.finder.groups(range(ITEMS), (), stop)
    assert pool.families() == FAMILIES


def test_the_pool_grows_while_groups_are_looked_for(medium):
    """A search begun at 53 items is stopped in its midst until the others are there, and sees none."""
    pool = Pool(medium)
    pool.add(sketches(medium)[:53])
    grown, begun = threading.Event(), threading.Event()

    def wait(step: str, done: int, of: int) -> None:
        begun.set()
        assert grown.wait(60)

    found = []
    search = threading.Thread(target=lambda: found.append(pool.finder.groups(range(53), (), wait)))
    search.start()
    assert begun.wait(60)
    for sketch in [*sketches(medium)[53:], sketches(medium)[NEAR]]:
        pool.finder.matches(sketch)
        pool.add([sketch])
    grown.set()
    search.join(60)
    (groups,) = found
    assert [
        {group.representative, *(copy.position for copy in group.duplicates)} for group in groups
    ] == sorted(
        FAMILIES,
        key=lambda family: next(group.representative for group in groups if group.representative in family),
    )
    assert pool.families() == [{*FAMILIES[0], ITEMS}, FAMILIES[1]]
