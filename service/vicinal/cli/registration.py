"""How a command states its name and its examples, next to its code, and how commands become one program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vicinal.cli.failures import Commands
from vicinal.cli.options import Typer


@dataclass(frozen=True)
class CliCommand:
    """One command.

    Attributes:
        name: the word that the user types.
        examples: command lines that its help shows.
        function: runs the command. Its parameters are the arguments and options; its docstring is the help.
    """

    name: str
    examples: tuple[str, ...]
    function: Callable[..., None]

    def add_to(self, app: Typer, panel: str | None) -> None:
        """Adds the command to a program or a group, in the help's section `panel`."""
        epilog = "\n\n".join(["Examples:", *self.examples])
        app.command(self.name, epilog=epilog, rich_help_panel=panel)(self.function)


@dataclass(frozen=True)
class CommandGroup:
    """Commands about one subject, such as `vicinal pool create` and `vicinal pool list`.

    Attributes:
        name: the word that the user types before a command's name.
        help_text: one line that says what the commands do.
        commands: in the order of the help.
    """

    name: str
    help_text: str
    commands: tuple[CliCommand, ...]

    def add_to(self, app: Typer, panel: str | None) -> None:
        """Adds the group to a program, in the help's section `panel`."""
        group = Typer(no_args_is_help=True, help=self.help_text)
        for command in self.commands:
            command.add_to(group, None)
        app.add_typer(group, name=self.name, rich_help_panel=panel)


def command(name: str, *examples: str) -> Callable[[Callable[..., None]], CliCommand]:
    """Makes the decorated function a command.

    Args:
        name: the word that the user types.
        examples: command lines that its help shows; at least one.
    """
    return lambda function: CliCommand(name, examples, function)


def build_app(help_text: str, sections: Mapping[str, tuple[CliCommand | CommandGroup, ...]]) -> Typer:
    """Makes one program of all commands.

    Args:
        help_text: what the program does.
        sections: the sections of the program's help, with the commands of each.
    """
    app = Typer(
        cls=Commands,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_show_locals=False,
        help=help_text,
    )
    for section, commands in sections.items():
        for each in commands:
            each.add_to(app, section)
    return app
