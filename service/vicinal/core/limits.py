"""How much an item, a label and metadata may hold: the wire and the readers of files agree on it."""

import re

MAX_ITEM_ID_CHARACTERS = 256
MAX_LABEL_CHARACTERS = 256
MAX_NAME_CHARACTERS = 128
"""Of names of people, models and metadata."""
MAX_METADATA_ENTRIES = 64
MAX_METADATA_BYTES = 16 * 1024
"""Of all names and values of one item together, as UTF-8."""

# Unicode's category Cc.
CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")
