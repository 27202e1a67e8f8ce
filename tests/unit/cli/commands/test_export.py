import pytest

from vicinal.cli.commands.export import Format, format_of, open_output
from vicinal.cli.failures import Failure


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    out = tmp_path / "labels.csv"
    with pytest.raises(UnicodeEncodeError), open_output(out) as file:
        file.writelines(["half", "\ud800"])
    assert list(tmp_path.iterdir()) == []
    with open_output(out) as file:
        file.write("whole")
        assert not out.exists()
    assert out.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with (
        pytest.raises(Failure, match=r"labels\.csv: cannot be written"),
        open_output(tmp_path / "absent/labels.csv"),
    ):
        pass


def test_the_name_tells_the_format(tmp_path):
    assert format_of(None) is Format.CSV
    assert format_of(tmp_path / "a.JSONL") is Format.JSONL
    with pytest.raises(Failure, match="--format"):
        format_of(tmp_path / "a.txt")
