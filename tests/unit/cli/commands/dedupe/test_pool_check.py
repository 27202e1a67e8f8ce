"""Contents compared with a pool, a few at a time."""

import time
from collections.abc import Sequence
from threading import Lock
from types import SimpleNamespace

import pytest

pytest.importorskip("cv2")

from vicinal.cli.commands.dedupe.against import AT_ONCE, check_against, groups_in_pool
from vicinal.cli.commands.dedupe.outcome import VectorCandidates, search_with_pool
from vicinal.cli.commands.dedupe.searching import KeepOptions, KeepRule
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents, DataKind, Unreadable
from vicinal.client import ContentMatch, DuplicateEvidence, InvalidArgumentError


class Counted(Sequence):
    """Texts that tell how many of them were taken."""

    def __init__(self, count):
        self.count, self.taken = count, 0

    def __len__(self):
        return self.count

    def __getitem__(self, row):
        self.taken += 1
        return f"text {row}"


class SlowServer:
    """Knows every third text; notes how many are asked about at once, and how many wait."""

    def __init__(self, contents, medium="text", duplicates="near"):
        self.contents, self.lock = contents, Lock()
        self.pool = SimpleNamespace(
            pool_id="p", fingerprint=SimpleNamespace(medium=medium), duplicates=duplicates
        )
        self.under_way = self.most = self.answered = self.most_ahead = 0

    def get_pool(self, pool_id):
        return self.pool

    def check_content(self, pool_id, content):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.most_ahead = max(self.most_ahead, self.contents.taken - self.answered)
        time.sleep(0.005)
        with self.lock:
            self.under_way -= 1
            self.answered += 1
        row = int(content.split()[1])
        if row == 7:
            raise InvalidArgumentError("INVALID_INPUT: cannot be read")
        evidence = DuplicateEvidence(1.0, 0, None, ("identical text",))
        return [ContentMatch("x", "duplicate", evidence, "kept")] * 2 if row % 3 == 0 else []


def data(count):
    return Contents("t", DataKind.TEXTS, [f"i{row:02d}" for row in range(count)], Counted(count))


def test_all_are_asked_about_few_at_a_time():
    texts = data(40)
    server = SlowServer(texts.contents)
    checked = check_against(server, "p", texts)
    assert list(checked.matches) == [f"i{row:02d}" for row in range(0, 40, 3)]
    assert [each.name for each in checked.left_out] == ["i07"]
    assert 1 < server.most <= AT_ONCE
    assert server.most_ahead <= 2 * AT_ONCE
    (group,) = groups_in_pool("p", checked)
    assert (group.representative_id, group.representative_elsewhere, len(group.duplicates)) == (
        "p:kept",
        True,
        14,
    )
    assert group.duplicates[0].compared_with == "p:x"


def test_the_first_row_with_an_id_stays_where_a_later_one_is_left_out():
    texts = data(2)
    again = Unreadable("i01", "row 3 has this id already", "t.csv", 4)
    texts.left_out.append(again)
    server = SlowServer(texts.contents)
    server.get_item = lambda _pool, _item: SimpleNamespace(item=SimpleNamespace(metadata={}))
    outcome = search_with_pool(server, "p", texts, VectorCandidates("", ()), KeepOptions(KeepRule.BEST))
    assert (outcome.findings.items, outcome.left_out) == (2, [again])


@pytest.mark.parametrize(
    ("options", "said"), [({"medium": "image"}, "of images"), ({"duplicates": "off"}, "keeps")]
)
def test_a_pool_that_can_tell_nothing_is_refused_before_anything_is_asked(options, said):
    texts = data(3)
    with pytest.raises(Failure, match=said):
        check_against(SlowServer(texts.contents, **options), "p", texts)
    assert texts.contents.taken == 0
