"""What native libraries write to stderr while they are imported."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

# abseil has no setting for what is logged before it is initialised.
_NOTE = re.compile(rb"[IW]\d{4} \d\d:\d\d:\S+ +\d+ \S+\]|WARNING: All log messages before absl::")
_STDERR = 2


@contextmanager
def suppress_native_notes() -> Iterator[None]:
    """Leaves abseil's notes and warnings out of stderr; what else is written follows at the end."""
    sys.stderr.flush()
    with TemporaryFile() as written:
        kept = os.dup(_STDERR)
        os.dup2(written.fileno(), _STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, _STDERR)
            os.close(kept)
            written.seek(0)
            rest = b"".join(line for line in written if not _NOTE.match(line))
            if rest:
                os.write(_STDERR, rest)
