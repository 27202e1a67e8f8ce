"""Page tokens come back as they were given, or are refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import InvalidInput
from vicinal.server.page_tokens import cursor_of, page_token

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
