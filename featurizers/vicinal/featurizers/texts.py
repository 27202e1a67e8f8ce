"""Raw texts in, texts that any sentence encoder takes out."""

import unicodedata

from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import RawContent

MAX_CHARACTERS = 8192
"""What comes after is not read: about 1,500 words, more than a sentence encoder can make use of."""

READING = f"control-characters-and-blanks-to-one-space,first-{MAX_CHARACTERS}-characters"
"""What `read_text` does to every text, for fingerprints: change it with the code."""

_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}


def read_text(content: RawContent) -> str:
    r"""The text to embed: control characters and blanks become single spaces, and a long text is cut.

    Args:
        content: a text; each of its characters must be one that UTF-8 can carry.

    Returns:
        1 to `MAX_CHARACTERS` characters, at least one of which can be seen.

    Raises:
        ContentUnreadable: bytes, nothing to see in the text, or half of a surrogate pair in it.

    >>> read_text("  two\n\twords\0")
    'two words'
    """
    if not isinstance(content, str):
        raise ContentUnreadable("bytes were sent where a text is needed; send a string")
    spaced = "".join(" " if unicodedata.category(character) == "Cc" else character for character in content)
    text = " ".join(spaced.split())[:MAX_CHARACTERS].rstrip()
    if all(unicodedata.category(character) in _UNSEEN for character in text):
        raise ContentUnreadable("the text is empty or blank; send one with at least one visible character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ContentUnreadable(
            f"the text holds half of a surrogate pair at character {error.start}; send valid Unicode"
        ) from error
    return text
