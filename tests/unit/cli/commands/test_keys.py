"""`vicinal keys`: a key is shown once, and the file is what the server reads."""

import json

import pytest
from typer.testing import CliRunner

from vicinal.cli.main import app


@pytest.fixture
def run(tmp_path):
    def keys(*words, code=0):
        command, *rest = words
        result = CliRunner().invoke(app, ["keys", command, str(tmp_path / "keys.jsonl"), *rest])
        assert result.exit_code == code, result.output
        return result

    return keys


def test_a_key_is_made_shown_listed_without_itself_and_revoked(run):
    made = run("create", "--name", "ana", "--role", "label", "--pool", "b", "--pool", "a", "--days", "2")
    key = made.stdout.strip()
    assert key.startswith("vcl_")
    assert "shown this once" in made.stderr
    assert key not in made.stderr
    listed = run("list")
    assert "ana" in listed.stdout
    assert key not in listed.stdout
    (told,) = json.loads(run("list", "--json").stdout)
    assert (told["name"], told["role"], told["pools"]) == ("ana", "label", ["a", "b"])
    assert told["id"] == key.split("_")[1]
    assert told["expires"] > told["created"]
    run("revoke", told["id"])
    assert json.loads(run("list", "--json").stdout) == []


def test_programs_get_the_key_with_its_facts(run):
    told = json.loads(run("create", "--name", "job", "--role", "admin", "--json").stdout)
    assert told["key"].startswith(f"vcl_{told['id']}_")
    assert (told["pools"], told["expires"], told["annotator"]) == (None, None, None)


def test_a_key_may_be_for_one_annotator(run):
    run("create", "--name", "ana's phone", "--role", "label", "--annotator", "ana")
    (told,) = json.loads(run("list", "--json").stdout)
    assert told["annotator"] == "ana"
    assert "ana" in run("list").stdout.replace("ana's phone", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("revoke", "abc"), "holds no key 'abc'"),
        (("list",), "cannot read the keys"),
        (("create", "--name", "", "--role", "read"), "name"),
        (("create", "--name", "a", "--role", "read", "--pool", "../x"), "no pool id"),
        (("create", "--name", "a", "--role", "read", "--annotator", "a\nb"), "annotator"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(run, words, told):
    failed = run(*words, code=1)
    assert told in failed.stderr
    assert failed.stderr.count("\n") == 1
