"""Writes the server's settings into README.md: `python tools/settings_table.py [--check]`."""

import argparse
import re
import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from vicinal.server.settings import ENVIRONMENT_PREFIX, Settings

README = Path(__file__).parent.parent / "README.md"
TABLE = re.compile(r"(<!-- settings: .* -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def table() -> str:
    """The table of all settings in Markdown."""
    # What the class itself says of the service comes before the groups that it takes in.
    fields = sorted(Settings.model_fields.items(), key=lambda each: each[0] not in Settings.__annotations__)
    rows = [row(name, field) for name, field in fields]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows, ""])


def row(name: str, field: FieldInfo) -> str:
    """One setting: its environment variable, from which flag and file key follow, and what it is."""
    default = "" if field.default_factory or field.default is None else f"`{field.default}`"
    return f"| `{ENVIRONMENT_PREFIX}{name.upper()}` | {default} | {field.description} |"


def written() -> str:
    """README.md with the table of today."""
    return TABLE.sub(lambda marks: f"{marks[1]}\n{table()}\n{marks[2]}", README.read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    if not parser.parse_args().check:
        README.write_text(written())
    elif written() != README.read_text():
        sys.exit("README.md does not list the settings as they are: run make settings")
