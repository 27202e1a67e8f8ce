"""The documents tell the truth: README's example runs, commands parse, links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text()
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
LINKS = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def command_lines() -> list[str]:
    """Those in blocks, on one line each, without what a shell would do with them."""
    texts = (path.read_text().replace("\\\n", " ") for path in DOCUMENTS)
    found = (line for text in texts for line in re.findall(r"^    (vicinal .*)$", text, re.MULTILINE))
    return sorted({re.sub(r" (?:[|>&]|# ).*", "", line).strip() for line in found})


def test_the_example_labels_and_classifies(server_target, capsys):
    (block,) = python_blocks()
    assert "localhost:50051" in block
    exec(compile(block.replace("localhost:50051", server_target), "README.md", "exec"), {})
    assert capsys.readouterr().out == "good\n"


@pytest.mark.parametrize("line", command_lines())
def test_each_command_parses(line):
    from typer.main import get_command

    from vicinal.cli.main import app

    called: list[str] = []
    command = get_command(app)
    do_nothing(command, called)
    command.main(shlex.split(line)[1:], standalone_mode=False)
    assert len(called) == 1


def do_nothing(command, called: list[str]) -> None:
    """Leaves a command and those below it their parsing, but nothing to do."""
    below = getattr(command, "commands", {})
    for child in below.values():
        do_nothing(child, called)
    if not below:
        command.callback = lambda **_: called.append(command.name)


def test_there_are_commands_to_check():
    assert len(command_lines()) >= 40


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    missing = [link for link in LINKS.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document):
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", document.read_text(), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets
