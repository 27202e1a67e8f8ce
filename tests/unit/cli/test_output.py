from datetime import UTC, datetime

from vicinal.cli.output import plain, print_table, say
from vicinal.client import ItemError, Lease


def test_records_become_plain():
    lease = Lease("l1", "ana", datetime(2024, 5, 1, tzinfo=UTC), ("a", "b"))
    assert plain({"leases": [lease]}) == {
        "leases": [
            {
                "lease_id": "l1",
                "annotator": "ana",
                "expires_at": "2024-05-01T00:00:00+00:00",
                "item_ids": ["a", "b"],
            }
        ]
    }
    assert plain([ItemError(0, "a", "R", "m")])[0]["reason"] == "R"


def test_cells_are_shown_whole_and_as_they_are(capsys):
    long, odd = "x" * 300, "[red]:smile: 100%[/red]"
    print_table("[bold]t[/bold]", ["a", ">n"], [[long, "1"], [odd, "2"]])
    shown = capsys.readouterr().out
    assert long in shown
    assert odd in shown
    assert "[bold]t[/bold]" in shown


def test_lines_are_not_broken(capsys):
    say("[b]" + "y " * 200)
    assert capsys.readouterr().out == "[b]" + "y " * 200 + "\n"
