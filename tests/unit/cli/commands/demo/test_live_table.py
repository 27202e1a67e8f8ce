import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from vicinal.cli.commands.demo.labelling import LiveTable, choose_shown_counts


@given(st.integers(1, 10_000), st.integers(1, 1000))
def test_columns_are_counts_that_are_measured(budget, batch):
    counts = choose_shown_counts(budget, batch)
    assert counts == sorted(set(counts))
    assert counts[-1] == budget
    assert all(count % batch == 0 or count == budget for count in counts)


def test_each_run_is_a_line_below_the_counts():
    console = Console(file=io.StringIO(), width=200)
    table = LiveTable(console, [5, 10, 20])
    table.header()
    for name in ("default 1/1", "random 1/1"):
        table.begin(name, "bold")
        for count, accuracy in ((5, 0.25), (10, 0.5), (15, 0.75), (20, 1.0)):
            table.measured(count, accuracy)
        table.end()
    assert console.file.getvalue().splitlines() == [
        "labels                5     10     20",
        "default 1/1       25.0%  50.0% 100.0%",
        "random 1/1        25.0%  50.0% 100.0%",
    ]


def test_a_count_that_was_passed_over_takes_the_next_measurement():
    console = Console(file=io.StringIO(), width=200)
    table = LiveTable(console, [5, 10, 20])
    table.begin("x", "")
    table.measured(12, 0.5)
    assert console.file.getvalue().split() == ["x", "50.0%", "50.0%"]
