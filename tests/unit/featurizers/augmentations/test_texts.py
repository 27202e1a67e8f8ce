import pytest

from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.augmentations.texts import TEXT_AUGMENTATIONS, text_augmentations


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
    assert text_augmentations(text, {name: TEXT_AUGMENTATIONS[name]}) == [seen]


def test_a_text_of_links_alone_is_left_as_it_is():
    assert set(text_augmentations("http://example.org :)", TEXT_AUGMENTATIONS)) == {"http://example.org :)"}


def test_what_is_no_text_is_refused():
    with pytest.raises(ContentUnreadable):
        text_augmentations("  ", TEXT_AUGMENTATIONS)
