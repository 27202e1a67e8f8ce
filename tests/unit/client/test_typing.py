"""What a type checker knows of the clients' calls."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vicinal.client import AsyncClient, Client

REPOSITORY = Path(__file__).parents[3]
CALLS = Path(__file__).with_name("typed_calls.py")


def errors_of(path: Path) -> list[str]:
    """What mypy says of a file, line by line, without its summary."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", path]
    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert checked.stderr == ""
    return checked.stdout.splitlines()


@pytest.mark.slow
def test_every_call_has_the_type_that_its_callers_expect():
    assert errors_of(CALLS) == []


@pytest.mark.slow
def test_a_call_of_another_type_is_found(tmp_path):
    wrong = tmp_path / "wrong_calls.py"
    wrong.write_text(CALLS.read_text().replace('annotator="ana"), Batch)', 'annotator="ana"), Pool)'))
    found = re.findall(r'Expression is of type "(\w+)", not "(\w+)"', "\n".join(errors_of(wrong)))
    assert found == [("Batch", "Pool")] * 2


@pytest.mark.parametrize("client_class", [Client, AsyncClient])
def test_every_method_is_among_the_calls(client_class):
    function = "call_blocking" if client_class is Client else "call_awaited"
    (body,) = re.findall(rf"def {function}\(.*?(?=\n\n\n)", CALLS.read_text(), re.DOTALL)
    methods = {name for name, _ in inspect.getmembers(client_class, inspect.isfunction) if name[0] != "_"}
    assert set(re.findall(r"client\.(\w+)\(", body)) == methods
