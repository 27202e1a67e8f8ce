"""Items that were left out, said on stderr."""

import pytest

from vicinal.cli.inputs import Unreadable
from vicinal.cli.output import say_left_out


def test_few_are_named_and_many_of_a_kind_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    rows = range(2, 361)
    many = [Unreadable(f"i{row}", f"has {row + 200} characters, 'x{row}'", "t.csv", row) for row in rows]
    few = [Unreadable("row 7", "the row is empty", "t.csv", 7), Unreadable("a.png", "no image")]
    say_left_out([few[0], *many, few[1]])
    assert capsys.readouterr().err.splitlines() == [
        "left out row 7 of t.csv: the row is empty",
        "left out 359 items: has 202 characters, 'x2' (first: row 2 'i2' of t.csv)",
        "left out a.png: no image",
    ]


def test_up_to_three_of_a_kind_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    say_left_out([Unreadable(name, "broken") for name in ("a", "b", "half \ud83d")])
    told = [f"left out {name}: broken" for name in ("a", "b", "half \\ud83d")]
    assert capsys.readouterr().err.splitlines() == told
