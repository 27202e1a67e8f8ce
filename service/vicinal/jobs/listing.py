"""Files that a folder, a glob or a single name stands for."""

import glob
from collections.abc import Collection
from pathlib import Path

from vicinal.core.errors import InvalidInput


def found_files(source: str | Path, suffixes: Collection[str], what: str) -> list[Path]:
    """Files of these kinds, sorted; hidden ones, and those in folders below, are left out.

    Args:
        source: a folder, a glob, or a file.
        suffixes: with their dot, in small letters.
        what: such files hold, for the message.

    Raises:
        InvalidInput: there is none.
    """
    path = Path(source)
    if path.is_dir():
        found = [each for each in path.iterdir() if not each.name.startswith(".")]
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in glob.glob(str(source), recursive=True)]
    files = sorted(each for each in found if each.is_file() and each.suffix.lower() in suffixes)
    if not files:
        known = ", ".join(sorted(suffixes))
        raise InvalidInput.at(str(source), f"there is no file of {what} ({known}) here; check the name")
    return files
