"""The picture of the layers in ARCHITECTURE.md: it draws what the import contracts say."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOL = REPOSITORY / "tools" / "layers_picture.py"
PARTS = [f"vicinal.{name}" for name in ("shop", "till", "shelf", "store", "bolts")]
LAYERS = {
    "name": "layers",
    "type": "layers",
    "layers": ["vicinal.shop", "vicinal.till", "vicinal.shelf | vicinal.store", "vicinal.bolts"],
}


@pytest.fixture(scope="module")
def tool():
    specification = importlib.util.spec_from_file_location("layers_picture", TOOL)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules[specification.name]


@pytest.fixture
def checkout(tmp_path):
    """The tool with the two files that it reads, to be changed at will."""
    (tmp_path / "tools").mkdir()
    shutil.copy(TOOL, tmp_path / "tools")
    for name in ("pyproject.toml", "ARCHITECTURE.md"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


def run(checkout, *arguments):
    return subprocess.run(
        [sys.executable, "tools/layers_picture.py", *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def arrows(picture):
    return {line.strip() for line in picture.splitlines() if "->" in line}


def test_the_page_draws_the_contracts_of_today(checkout):
    checked = run(checkout, "--check")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '    "vicinal.data",\n    "vicinal.core",\n    "vicinal.records",\n]\n\n',
            '    "vicinal.data | vicinal.core",\n    "vicinal.records",\n]\n\n',
        ),
        ('protected_modules = ["faiss"]', 'protected_modules = ["faiss", "usearch"]'),
        ('allowed_importers = ["vicinal.server.composition"', 'allowed_importers = ["vicinal.server"'),
        ('"vicinal.cli.** -> vicinal.server.probe"', '"vicinal.cli.** -> vicinal.server.tls"'),
    ],
    ids=["layers", "a package from elsewhere", "who may import", "what may be imported"],
)
def test_the_check_fails_on_a_changed_contract_until_it_is_drawn(checkout, before, after):
    contracts = checkout / "pyproject.toml"
    text = contracts.read_text()
    assert before in text
    contracts.write_text(text.replace(before, after))
    checked = run(checkout, "--check")
    assert checked.returncode == 1
    assert "run python tools/layers_picture.py" in checked.stderr
    assert run(checkout).returncode == 0
    assert run(checkout, "--check").returncode == 0


def test_writing_changes_the_picture_alone(checkout):
    page = checkout / "ARCHITECTURE.md"
    text = page.read_text()
    marks = r"(?s)(<!-- layers: .*? -->\n).*?(<!-- end of layers -->)"
    page.write_text(re.sub(marks, r"\1\2", text))
    assert run(checkout).returncode == 0
    assert page.read_text() == text


def test_parts_import_what_is_below_them_and_nothing_else(tool):
    drawn = arrows(tool.picture({"root_packages": PARTS, "contracts": [LAYERS]}))
    assert drawn == {
        "shop --> till",
        "shop --> shelf_store",
        "shop --> bolts",
        "till --> shelf_store",
        "till --> bolts",
        "shelf_store --> bolts",
    }


def test_what_is_forbidden_has_no_arrow_and_what_is_for_some_modules_a_dotted_one(tool):
    forbidden = {
        "name": "the shop goes by the till",
        "type": "forbidden",
        "source_modules": ["vicinal.shop"],
        "forbidden_modules": ["vicinal.store", "vicinal.bolts"],
        "ignore_imports": ["vicinal.shop.** -> vicinal.bolts.nuts"],
    }
    protected = {
        "name": "shelf and store are filled in one place",
        "type": "protected",
        "protected_modules": ["vicinal.shelf", "vicinal.store"],
        "allowed_importers": ["vicinal.till.filling"],
    }
    linter = {"root_packages": PARTS, "contracts": [LAYERS, forbidden, protected]}
    assert arrows(tool.picture(linter)) == {
        "shop --> till",
        'shop -. "only nuts" .-> bolts',
        'till -. "by filling" .-> shelf_store',
        "till --> bolts",
        "shelf_store --> bolts",
    }


def test_packages_from_elsewhere_stand_in_the_only_part_that_imports_them(tool):
    protected = {
        "name": "locks stay in the store",
        "type": "protected",
        "protected_modules": ["locks"],
        "allowed_importers": ["vicinal.store.doors"],
    }
    picture = tool.picture({"root_packages": PARTS, "contracts": [LAYERS, protected]})
    assert 'store["<b>store</b><br/>locks"]' in picture


def test_a_contract_of_another_type_is_refused_by_name(tool):
    with pytest.raises(ValueError, match="'no rings' is of type 'acyclic_siblings'"):
        tool.picture(
            {"root_packages": PARTS, "contracts": [{"name": "no rings", "type": "acyclic_siblings"}]}
        )
