"""The house itself: a namespace package of several roots, one wheel, plain words."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE_ROOTS = ("service", "featurizers", "clients/python", "proto")
PARTS = (
    *("cli", "client", "core", "data", "duplicates", "evaluation", "featurizers", "index", "jobs"),
    *("pools", "records", "server", "storage", "v1", "wire"),
)


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("this is not a git checkout")
    names = (REPOSITORY / name for name in listing.stdout.decode().split("\0") if name)
    return [path for path in names if path.is_file()]


def text_files() -> list[Path]:
    return [path for path in tracked_files() if b"\0" not in path.read_bytes()]


def is_generated(path: Path) -> bool:
    return "_pb2" in path.name


def test_the_namespace_has_no_init():
    owners = [root for root in SOURCE_ROOTS if (REPOSITORY / root / "vicinal/__init__.py").exists()]
    assert owners == []


def test_every_part_is_typed():
    parts = {
        path.name
        for root in SOURCE_ROOTS
        for path in (REPOSITORY / root / "vicinal").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    typed = {
        path.parent.name for root in SOURCE_ROOTS for path in (REPOSITORY / root).glob("vicinal/*/py.typed")
    }
    assert parts == typed == set(PARTS)


def test_no_test_folder_is_a_package():
    assert list((REPOSITORY / "tests").rglob("__init__.py")) == []


def test_the_wheel_holds_every_module_and_nothing_else(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {
        path.relative_to(REPOSITORY / root).as_posix()
        for root in SOURCE_ROOTS
        for path in (REPOSITORY / root / "vicinal").rglob("*")
        if path.is_file() and path.suffix in {".py", ".pyi", ".typed", ".proto"}
    }
    assert packed == sources


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(?:home|root|Users)/\w",
        r"--(?:extra-)?index-url|--find-links|--trusted-host|//(?:www\.)?(?:pypi|npmjs|registry|deb|hub\.docker)\.",
        r"\b(?:TODO|FIXME|XXX)\b",
        r"^(?:<{7}|>{7}) ",
    ],
    ids=["a path of one machine", "a registry's address", "unfinished work", "a merge"],
)
def test_no_file_holds(pattern):
    found = {
        f"{path.relative_to(REPOSITORY)}: {match.group()}"
        for path in text_files()
        if path != Path(__file__)
        and (match := re.search(pattern, path.read_text(errors="replace"), re.MULTILINE))
    }
    assert found == set()


def test_every_pin_is_exact_and_comes_from_anywhere():
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 50
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.+]+", pin)] == []


def test_each_file_that_the_map_names_is_there():
    """Paths without their beginning count by their end; a name in braces stands for several."""
    page = (REPOSITORY / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"[\w./-]+\.(?:py|proto|md)\b", page)) - {"vicinal/__init__.py"}
    tracked = [f"/{path.relative_to(REPOSITORY).as_posix()}" for path in tracked_files()]
    assert len(named) > 50
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in tracked)] == []
