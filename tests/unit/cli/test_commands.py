"""What can be said of the commands without a server."""

import typer
from typer.main import get_command

from vicinal.cli.main import app
from vicinal.server.settings import Settings


def leaves(command, path=()):
    """Every command that does something, by its words."""
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
    else:
        for name, child in children.items():
            yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(get_command(app)))
WITHOUT_A_SERVER = {("serve",), ("demo",), ("simulate",), ("embed",), ("score",)} | {
    ("keys", name) for name in ("create", "list", "revoke")
}
REACHING = {"--tls", "--root-certificate", "--client-certificate", "--client-key", "--key"}


def flags(command):
    return {flag for parameter in command.params for flag in getattr(parameter, "opts", ())}


def test_the_commands():
    assert {" ".join(words) for words in COMMANDS} == {
        "serve",
        "probe",
        "demo",
        "simulate",
        "keys create",
        "keys list",
        "keys revoke",
        "snapshot create",
        "snapshot restore",
        "restore",
        "import",
        "pool create",
        "pool list",
        "pool show",
        "pool delete",
        "add",
        "examples add",
        "examples list",
        "examples remove",
        "duplicates find",
        "duplicates list",
        "duplicates split",
        "duplicates check",
        "suggest",
        "annotators list",
        "annotators disputed",
        "annotators resolve",
        "annotators settle",
        "label",
        "skip",
        "filtered",
        "classify",
        "export",
        "curve",
        "advise",
        "dedupe",
        "embed",
        "score",
        "push",
        "pull",
        "status",
    }


def test_each_setting_is_a_flag_of_serve():
    wanted = {f"--{name.replace('_', '-')}" for name in Settings.model_fields}
    assert wanted | {"--config"} == flags(COMMANDS[("serve",)])


def test_each_command_explains_itself_and_answers_programs():
    for words, command in COMMANDS.items():
        assert command.help, words
        assert "Examples:" in command.epilog, words
        if words != ("serve",):
            assert "--json" in flags(command), words
        if words == ("probe",):
            # Containers give it no flags: TLS comes from the environment, and health needs no key.
            assert flags(command) >= {"--target"}
        elif words in WITHOUT_A_SERVER:
            assert not flags(command) & REACHING, words
        else:
            assert flags(command) >= {"--target"} | REACHING, words


def test_examples_parse():
    root = get_command(app)
    for words, command in COMMANDS.items():
        for line in command.epilog.split("\n\n")[1:]:
            arguments = typer_words(line)
            assert tuple(arguments[: len(words)]) == words, line
            command.make_context("vicinal", arguments[len(words) :], resilient_parsing=False)
    assert isinstance(root, typer.core.TyperGroup)


def typer_words(line):
    import shlex

    name, *arguments = shlex.split(line.split(" > ")[0])
    assert name == "vicinal"
    return arguments


def test_each_command_has_an_example_of_itself():
    for words, command in COMMANDS.items():
        assert f"vicinal {' '.join(words)}" in (command.epilog or ""), words


def test_each_command_is_in_a_section_of_the_help_with_one_line():
    for name, command in get_command(app).commands.items():
        assert command.rich_help_panel, name
        first = (command.help or "").partition("\n\n")[0]
        assert "\n" not in first, name
        assert 10 < len(first) <= 90, (name, first)
