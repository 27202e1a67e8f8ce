import pytest

from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.views.texts import TEXT_VIEWS, text_views


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("lower-case", "What A Day", "what a day"),
        ("without-links", "see https://example.org/a?b=c now", "see now"),
        ("without-links", "see WWW.example.org", "see"),
        ("without-mentions", "@ana: thank you @bob_2", "thank you"),
        ("without-mentions", "write to ana@example.org", "write to ana@example.org"),
        ("without-retweet-mark", "RT @ana: good night", "good night"),
        ("without-retweet-mark", "rt@ana good night", "good night"),
        ("without-retweet-mark", "rt. of the theatre", "rt. of the theatre"),
        ("without-retweet-mark", "RTX cards", "RTX cards"),
    ],
)
def test_what_is_left_of_a_text(name, text, seen):
    assert text_views(text, {name: TEXT_VIEWS[name]}) == [seen]


def test_a_text_of_links_alone_is_left_as_it_is():
    assert set(text_views("http://example.org :)", TEXT_VIEWS)) == {"http://example.org :)"}


def test_what_is_no_text_is_refused():
    with pytest.raises(ContentUnreadable):
        text_views("  ", TEXT_VIEWS)
