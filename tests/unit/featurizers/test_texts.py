import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.texts import MAX_CHARACTERS, read_text


@pytest.mark.parametrize(
    "text", ["one", "two words", "naïve café", "日本語", "🍎", "\N{NEW MOON SYMBOL}", "?"]
)
def test_a_plain_text_stays_as_it_is(text):
    assert read_text(text) == text


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("a\0b", "a b"),
        ("\0\0a", "a"),
        ("a\r\n\tb", "a b"),
        ("  a  b  ", "a b"),
        ("a\u00a0b\u2028c", "a b c"),
        ("a\x1b[31m", "a [31m"),
    ],
)
def test_controls_and_blanks_become_single_spaces(raw, read):
    assert read_text(raw) == read


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\0", "\u00a0", "\u200b\ufeff", "\u2028"])
def test_a_text_with_nothing_to_see_is_refused(blank):
    with pytest.raises(ContentUnreadable, match="empty or blank"):
        read_text(blank)


def test_bytes_are_no_text():
    with pytest.raises(ContentUnreadable, match="bytes were sent"):
        read_text(b"a text")


def test_half_a_surrogate_pair_is_refused_with_its_place():
    with pytest.raises(ContentUnreadable, match="character 2"):
        read_text("ab\ud83d")


def test_a_long_text_is_cut():
    assert read_text("x" * (MAX_CHARACTERS + 1)) == "x" * MAX_CHARACTERS
    assert read_text("ab " * MAX_CHARACTERS) == ("ab " * MAX_CHARACTERS)[:MAX_CHARACTERS].rstrip()


@given(st.text(st.characters(), max_size=50))
def test_what_is_read_is_clean_and_reads_as_itself(raw):
    try:
        text = read_text(raw)
    except ContentUnreadable:
        return
    assert 0 < len(text) <= MAX_CHARACTERS
    assert text.encode()
    assert "\0" not in text
    assert read_text(text) == text
