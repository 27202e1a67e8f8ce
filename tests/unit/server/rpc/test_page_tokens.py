"""Page tokens come back as they were given, or are refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.server.rpc.page_tokens import cursor_of, id_of, ids_of, page_token, position_of, sealed

LISTINGS = st.lists(st.text(max_size=8), max_size=3)


@given(LISTINGS, st.one_of(st.integers(0, 2**53), st.text(max_size=80)))
def test_a_token_holds_its_cursor(listing, cursor):
    assert cursor_of(listing, page_token(listing, cursor)) == cursor


@given(LISTINGS, LISTINGS, st.integers(0, 10))
def test_a_token_is_of_one_listing(one, other, cursor):
    if one != other:
        with pytest.raises(InvalidInput, match="page_token"):
            cursor_of(other, page_token(one, cursor))


@given(st.text(min_size=1, max_size=40))
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidInput, match="page_token"):
        cursor_of(["items"], text)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_token_that_was_changed_is_refused(place, change):
    token = page_token(["items"], 12345)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(InvalidInput, match="page_token"):
        cursor_of(["items"], base64.urlsafe_b64encode(raw).decode().rstrip("="))


def test_no_token_is_the_first_page():
    assert cursor_of(["items"], "") is None


FORGED = [
    b"",
    b"{}",
    b'{"a": 1}',
    b"[]",
    b'["a"]',
    b'["a", 1]',
    b'["a", "b", "c"]',
    b"[" * 3000 + b"]" * 3000,
    b"NaN",
    b"Infinity",
    b"1.5",
    b"1e3",
    b"-1",
    b"9" * 19,
    b"9" * 5000,
    b"true",
    b"null",
    b'"' + b"a" * 257 + b'"',
    b'"\\ud800"',
    b'["a", "\\udfff"]',
    b"\xff\xfe",
    b"1 2",
]


@pytest.mark.parametrize("read", [cursor_of, position_of, id_of, ids_of])
@pytest.mark.parametrize("payload", FORGED, ids=lambda payload: repr(payload[:20]))
def test_a_forged_payload_is_refused_whatever_it_says(read, payload):
    with pytest.raises(InvalidInput, match="page_token"):
        read(["items"], sealed(["items"], payload))


@given(st.binary(max_size=60), st.sampled_from([position_of, id_of, ids_of]))
def test_any_payload_is_a_cursor_or_refused(payload, read):
    try:
        cursor = read(["items"], sealed(["items"], payload))
    except InvalidInput:
        return
    assert isinstance(cursor, int | str | tuple)


def test_a_cursor_of_another_kind_is_refused():
    tokens = {position_of: 5, id_of: "a", ids_of: ("a", "b")}
    for read, own in tokens.items():
        for cursor in tokens.values():
            token = page_token(["items"], cursor)
            if cursor == own:
                assert read(["items"], token) == own
            else:
                with pytest.raises(InvalidInput, match="page_token"):
                    read(["items"], token)


@given(st.text(max_size=256), st.text(max_size=256))
def test_the_longest_ids_fit_into_a_token(one, other):
    token = page_token(["items"], (one, other))
    assert ids_of(["items"], token) == (one, other)
    longest = ("\U0001f642" * 256,) * 2
    assert ids_of(["items"], page_token(["items"], longest)) == longest
