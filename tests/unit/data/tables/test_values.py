"""Values as texts, from every kind of file alike."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from vicinal.data.tables.values import ValueFault, as_text, is_missing, item_id_of, label_of, name_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((b"cat", "cat"), (np.bytes_(b"cat"), "cat"), (np.str_("cat"), "cat"), ("5.0", "5.0")),
        *((5.0, "5"), (np.float32(5), "5"), (np.float64(0.5), "0.5"), (np.int8(-1), "-1"), (7, "7")),
        *((True, "true"), (np.False_, "false"), (10**30, "1" + "0" * 30)),
        *((np.datetime64("2024-05-01"), "2024-05-01"), (datetime.date(2024, 5, 1), "2024-05-01")),
        *((Decimal("1.50"), "1.50"), (None, ""), (float("nan"), ""), (np.datetime64("NaT"), "")),
        *(
            (float("inf"), "inf"),
            (["a", 1], '["a", 1]'),
            (datetime.datetime(2024, 5, 1), "2024-05-01T00:00:00"),
        ),
    ],
)
def test_names_of_values(value: Any, text: str) -> None:
    assert name_of(value) == text
    assert type(name_of(value)) is str
    assert is_missing(value) == (not text)


def test_what_is_no_name_keeps_its_point() -> None:
    assert (as_text(5.0), name_of(5.0)) == ("5.0", "5")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("half \ud83d", "half of a surrogate pair"),
        ("\udcff", "not UTF-8"),
        (b"\xff", "not UTF-8"),
        (["\ud83d"], "half of a surrogate pair"),
    ],
)
def test_what_cannot_be_written_as_utf_8_is_named(value: Any, why: str) -> None:
    for read in (as_text, name_of):
        with pytest.raises(ValueFault, match=why) as fault:
            read(value)
        str(fault.value).encode()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "has no id in column 'id'"),
        (None, "has no id"),
        (float("nan"), "has no id"),
        ("  ", "has no id"),
        ("x" * 257, "has 257 characters; at most 256"),
        ("a\nb", "control character"),
        ("\ud83d", "column 'id': its text holds half"),
    ],
)
def test_ids_and_labels_are_checked_as_a_server_does(value: Any, why: str) -> None:
    with pytest.raises(ValueFault, match=why):
        item_id_of(value, "column 'id'")
    with pytest.raises(ValueFault, match=why.replace("no id", "no label")):
        label_of(value, "column 'id'")
    assert item_id_of("x" * 256, "column 'id'") == "x" * 256


def test_texts_may_be_empty_and_long_and_no_lists() -> None:
    assert (text_of(None, "it"), text_of(7, "it"), text_of("a\nb", "it")) == ("", "7", "a\nb")
    with pytest.raises(ValueFault, match="it holds list, and no text"):
        text_of(["a"], "it")


@pytest.mark.parametrize("given", ["cafe\u0301", " caf\xe9 ", "caf\xe9\n", "caf\xe9\u200b"])
def test_labels_that_look_alike_are_one_label(given: str) -> None:
    assert label_of(given, "column 'label'") == "caf\xe9"
    with pytest.raises(ValueFault, match="has no label"):
        label_of("\u200b", "column 'label'")
