"""Arguments that begin with a dash: labels such as -1 and ids such as -a are no options."""

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand

_ENDS_OPTIONS = "--"
# What arguments are called that may begin with two dashes.
_NAMES = frozenset({"ITEM", "EXAMPLE", "LABEL"})
_HINT = "; an id or a label that begins with two dashes goes after a lone --, and all that follows with it"


class Command(TyperCommand):
    """A command whose arguments may begin with a dash.

    Options have two dashes, but for `-h`. So a word with one dash that is none of them is an argument.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses words as any command does."""
        try:
            return super().parse_args(ctx, arguments_last(args, self._values_of(ctx)))
        except Exception as error:
            # The class has several homes, by the version of Typer.
            if type(error).__name__ == "NoSuchOption" and hasattr(error, "message"):
                error.message += _HINT if self._takes_names(ctx) else ""
            raise

    def _takes_names(self, ctx: Any) -> bool:
        """Whether one of its arguments is an id of an item or an example, or a label."""
        shown = (each.metavar or "" for each in self.get_params(ctx) if each.param_type_name == "argument")
        return any(metavar.removesuffix("...") in _NAMES for metavar in shown)

    def _values_of(self, ctx: Any) -> dict[str, int]:
        """How many words each option takes after its name."""
        options = [each for each in self.get_params(ctx) if each.param_type_name == "option"]
        return {
            name: 0 if getattr(option, "is_flag", False) else option.nargs
            for option in options
            for name in (*option.opts, *option.secondary_opts)
        }


def arguments_last(words: Sequence[str], values_of: Mapping[str, int]) -> list[str]:
    """The same words, with arguments after a lone -- where one of them begins with a dash.

    Args:
        words: of the command, as they were given.
        values_of: how many words each option takes after its name.

    >>> arguments_last(["pool", "i1", "-1", "--annotator", "-ana"], {"--annotator": 1})
    ['--annotator', '-ana', '--', 'pool', 'i1', '-1']
    """
    options, arguments, is_dashed = list[str](), list[str](), False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == _ENDS_OPTIONS:
            arguments += rest
            break
        if word in values_of or word.startswith("--"):
            taken = values_of.get(word, 0)
            options += [word, *rest[:taken]]
            rest = rest[taken:]
        else:
            is_dashed = is_dashed or (word.startswith("-") and len(word) > 1)
            arguments.append(word)
    return [*options, _ENDS_OPTIONS, *arguments] if is_dashed else list(words)
