"""What ids, names, texts, times and metadata may be: in a request, and in whatever is read from disk.

The server checks requests by these rules, the storage checks what it reads from databases and snapshots.
"""

import math
import re

POOL_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}")
# Unicode's category Cc.
CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")

MAX_ITEM_ID_CHARACTERS = 256
MAX_LABEL_CHARACTERS = 256
MAX_NAME_CHARACTERS = 128
MAX_REASON_CHARACTERS = 1024
MAX_METADATA_ENTRIES = 64
MAX_METADATA_BYTES = 16 * 1024

MAX_CLASSES = 10_000
MAX_DIMENSION = 16_384
MAX_OVERLAP = 100
MAX_SEED = 2**64 - 1
MAX_VOTE_NEIGHBOURS = 100

# Of one request. An answer has room for some 30; of the others only the number is given.
MAX_VIOLATIONS = 100

# The end of the year 9999, the last one that the wire's timestamps know.
END_OF_TIME = 253_402_300_800.0


def is_text(value: object, max_characters: int) -> bool:
    """Whether it is a short text: a string that is not blank, not too long, without control characters.

    >>> is_text("ripe", 10), is_text(" ", 10), is_text(chr(0), 10), is_text(7, 10)
    (True, False, False, False)
    """
    if not isinstance(value, str) or not 0 < len(value) <= max_characters or value.isspace():
        return False
    return value.isprintable() or (not CONTROL_CHARACTER.search(value) and is_unicode(value))


def is_unicode(value: str) -> bool:
    """Whether a string can be written down: half of a surrogate pair cannot.

    >>> is_unicode(chr(0xD83D))
    False
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_moment(value: object) -> bool:
    """Whether it is a time that can be shown: seconds since the epoch, up to the year 9999.

    >>> is_moment(7.5), is_moment(1e300), is_moment(float("nan")), is_moment(True)
    (True, False, False, False)
    """
    return is_real(value, 0.0, END_OF_TIME) and value != END_OF_TIME


def is_real(value: object, least: float, most: float) -> bool:
    """Whether it is a finite number of that range; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most and math.isfinite(value)
