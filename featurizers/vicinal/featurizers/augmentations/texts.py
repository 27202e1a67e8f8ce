"""Views of a text: without what it gathers as it is passed on."""

import re
from collections.abc import Callable, Mapping

from vicinal.core.records import RawContent
from vicinal.featurizers import texts

READING = f"{texts.READING},views-1"
"""What is done to a text before and in the views, for what is kept of them: change it with the code."""

_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w+:?")
_RETWEET_MARK = re.compile(r"^\s*(?:RT\b\s*(?:@\w+)?|rt\s*@\w+)\s*:?\s*")

TextAugmentation = Callable[[str], str]

TEXT_AUGMENTATIONS: Mapping[str, TextAugmentation] = {
    "lower-case": str.lower,
    "without-links": lambda text: _LINK.sub(" ", text),
    "without-mentions": lambda text: _MENTION.sub(" ", text),
    "without-retweet-mark": lambda text: _RETWEET_MARK.sub("", text),
}
"""What is done to a text, by name."""


def text_augmentations(content: RawContent, augmentations: Mapping[str, TextAugmentation]) -> list[str]:
    """The views of a text; where nothing is left of it in one, that one is the text itself.

    Raises:
        ContentUnreadable: there is nothing to read.

    >>> chosen = {"without-links": TEXT_AUGMENTATIONS["without-links"]}
    >>> text_augmentations("RT @ana: look www.example.org", chosen)
    ['RT @ana: look']
    >>> text_augmentations("@ana", TEXT_AUGMENTATIONS)
    ['@ana', '@ana', '@ana', '@ana']
    """
    text = texts.read_text(content)
    seen = (" ".join(augmentation(text).split()) for augmentation in augmentations.values())
    return [each if re.search(r"\w", each) else text for each in seen]
