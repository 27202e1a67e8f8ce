from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.client import InvalidArgumentError, NewItem, requests
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.records.pool_options import Metric
from vicinal.v1 import resources_pb2 as resources


@given(st.lists(st.integers(0, 5_000_000), max_size=30), st.integers(0, 600))
def test_packs_hold_everything_in_order_within_bounds(sizes, tiny_count):
    messages = [Sized(size) for size in [*sizes, *[1] * tiny_count]]
    packs = list(requests.packs(messages))
    assert [message for pack in packs for message in pack.messages] == messages
    offset = 0
    for pack in packs:
        assert pack.offset == offset
        assert pack.size_bytes == sum(message.size for message in pack.messages)
        assert len(pack.messages) <= requests.PACK_ITEMS
        assert pack.size_bytes <= requests.PACK_BYTES or len(pack.messages) == 1
        offset += len(pack.messages)


@given(st.lists(st.integers(0, 5_000_000), max_size=30))
def test_packs_are_as_few_as_reading_in_order_allows(sizes):
    packs = list(requests.packs(map(Sized, sizes)))
    for pack, following in pairwise(packs):
        assert pack.size_bytes + following.messages[0].size > requests.PACK_BYTES


class Sized:
    """A message as far as packing goes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def ByteSize(self) -> int:
        return self.size


def test_packs_are_made_as_they_are_asked_for():
    endless = (Sized(1) for _ in iter(int, 1))
    assert len(next(requests.packs(endless)).messages) == requests.PACK_ITEMS


def test_few_images_go_in_a_request():
    picture = resources.NewItem(content=resources.Content(image=b"x"))
    text = resources.NewItem(content=resources.Content(text="x"))
    packs = list(requests.packs([*[text] * 10, *[picture] * 70]))
    assert [len(pack.messages) for pack in packs] == [10 + requests.PACK_IMAGES, 6]


def test_only_what_leaves_no_room_in_a_message_is_too_large():
    (large,) = requests.packs([Sized(MAX_MESSAGE_BYTES - 65_536)])
    (larger,) = requests.packs([Sized(MAX_MESSAGE_BYTES - 65_535)])
    assert (large.is_too_large, larger.is_too_large) == (False, True)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", "<f2", "<i8"])
def test_vectors_become_little_endian_float32(kind):
    content = requests.content(np.array([1, -2, 3], dtype=kind)[::2], "content")
    assert content.vector == np.array([1, 3], dtype="<f4").tobytes()


def test_contents_are_told_apart_by_type():
    assert requests.content(b"\xff\xd8", "content").WhichOneof("kind") == "image"
    assert requests.content("", "content").WhichOneof("kind") == "text"


@pytest.mark.parametrize("value", [None, 7, 1.5, [[1.0]], np.float32(1), np.ones((1, 2)), np.array(["x"])])
def test_other_contents_are_refused(value):
    with pytest.raises(InvalidArgumentError) as caught:
        requests.content(value, "items[3].content")
    assert caught.value.violations[0].field == "items[3].content"


def test_an_item_carries_its_metadata():
    message = requests.new_item(NewItem("a", "text", {"path": "x"}), 0)
    assert message == resources.NewItem(
        item_id="a", content=resources.Content(text="text"), metadata={"path": "x"}
    )


def test_unset_duration_stays_unset():
    assert requests.duration(None, "lease_seconds") is None


@given(st.floats(-1e9, 1e9))
def test_durations_keep_their_length(seconds):
    message = requests.duration(seconds, "lease_seconds")
    assert message is not None
    assert message.seconds + message.nanos / 1e9 == pytest.approx(seconds, abs=1e-9)
    assert abs(message.nanos) < 1e9
    assert message.seconds * message.nanos >= 0  # the wire wants equal signs


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -float("inf"), 4e11])
def test_durations_beyond_the_wire_are_refused(seconds):
    with pytest.raises(InvalidArgumentError, match="lease_seconds"):
        requests.duration(seconds, "lease_seconds")


def test_request_ids_differ():
    assert len({requests.request_id() for _ in range(100)}) == 100


def test_words_of_enums():
    number = requests.enum_number(Metric, "euclidean", "metric")
    assert number == resources.METRIC_EUCLIDEAN
    for wrong in ("unspecified", "EUCLIDEAN", ""):
        with pytest.raises(InvalidArgumentError, match="cosine, euclidean"):
            requests.enum_number(Metric, wrong, "metric")
