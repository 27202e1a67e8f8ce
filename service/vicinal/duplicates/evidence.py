"""The evidence of exact duplicates: two files with the same bytes, the same pixels, the same text or vector."""

from vicinal.core.duplicates import Evidence

SAME_BYTES = Evidence(1.0, kinds=("identical file",))
SAME_PIXELS = Evidence(1.0, kinds=("identical pixels",))
IDENTICAL_TEXT = Evidence(1.0, kinds=("identical text",), is_identical=True)
SAME_TEXT = Evidence(1.0, kinds=("identical but for white space",), is_identical=True)
SAME_MESSAGE = Evidence(1.0, kinds=("same message",))
SAME_VECTOR = Evidence(1.0, kinds=("identical vector",))
