"""Arguments that begin with a dash."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from vicinal.cli import main
from vicinal.cli.options import Typer

app = Typer()


@app.command()
def note(
    words: Annotated[list[str], typer.Argument(metavar="ITEM...")],
    name: Annotated[str, typer.Option("--name")] = "",
    flag: Annotated[bool, typer.Option("--flag/--no-flag")] = False,
) -> None:
    """Says what it was given."""
    print(words, repr(name), flag)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["p", "i1", "-1"], "['p', 'i1', '-1'] '' False"),
        (["-a", "--name", "-1", "-0.5"], "['-a', '-0.5'] '-1' False"),
        (["p", "-x", "--flag", "--name=-y", "-h2"], "['p', '-x', '-h2'] '-y' True"),
        (["p", "--", "--weird", "-1"], "['p', '--weird', '-1'] '' False"),
        (["-1", "--no-flag", "--", "--flag"], "['-1', '--flag'] '' False"),
        (["p", "-"], "['p', '-'] '' False"),
    ],
)
def test_a_word_with_one_dash_is_an_argument(given: list[str], told: str) -> None:
    assert CliRunner().invoke(app, given).stdout.strip() == told


def test_a_word_with_two_dashes_is_an_option_and_the_message_says_what_to_write() -> None:
    result = CliRunner().invoke(app, ["p", "i1", "--weird"])
    assert result.exit_code == 2
    assert "No such option: --weird" in result.stderr
    assert "a lone --" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("command", "is_told"),
    [
        (["label", "p", "i1"], True),
        (["skip", "p"], True),
        (["restore", "p"], True),
        (["examples", "remove", "p"], True),
        (["duplicates", "split", "p"], True),
        (["annotators", "resolve", "p", "i1"], True),
        (["dedupe", "photos"], False),
        (["embed", "photos", "out"], False),
        (["status"], False),
        (["serve"], False),
        (["classify", "p"], False),
    ],
)
def test_what_to_write_is_said_where_a_command_has_ids_or_labels(command: list[str], is_told: bool) -> None:
    result = CliRunner().invoke(main.app, [*command, "--weird"])
    assert "No such option: --weird" in result.stderr
    assert ("a lone --" in " ".join(result.stderr.replace("│", " ").split())) is is_told


def test_missing_arguments_are_still_missing() -> None:
    assert CliRunner().invoke(app, ["--name", "-1"]).exit_code == 2
