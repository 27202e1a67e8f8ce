"""Writes the server's settings into docs/settings.md: `python tools/settings_table.py [--check]`."""

import argparse
import re
import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from vicinal.server.settings import ENVIRONMENT_PREFIX, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
TABLE = re.compile(r"(<!-- settings: .* -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def table() -> str:
    """The table of all settings in Markdown."""
    # What the class itself says of the service comes before the groups that it takes in.
    fields = sorted(Settings.model_fields.items(), key=lambda each: each[0] not in Settings.__annotations__)
    rows = [row(name, field) for name, field in fields]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows, ""])


def row(name: str, field: FieldInfo) -> str:
    """One setting: its environment variable, from which flag and file key follow, and what it is."""
    default = "" if field.default_factory or field.default in ("", None) else f"`{field.default}`"
    return f"| `{ENVIRONMENT_PREFIX}{name.upper()}` | {default} | {field.description} |"


def written() -> str:
    """The page with the table of today."""
    return TABLE.sub(lambda marks: f"{marks[1]}\n{table()}\n{marks[2]}", PAGE.read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    if not parser.parse_args().check:
        PAGE.write_text(written())
    elif written() != PAGE.read_text():
        sys.exit("docs/settings.md does not list the settings as they are: run make settings")
