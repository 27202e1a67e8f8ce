import pytest

from vicinal.cli.commands.export import Format, _format_of, _open
from vicinal.cli.failures import Failure


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    out = tmp_path / "labels.csv"
    with pytest.raises(UnicodeEncodeError), _open(out) as file:
        file.writelines(["half", "\ud800"])
    assert list(tmp_path.iterdir()) == []
    with _open(out) as file:
        file.write("whole")
        assert not out.exists()
    assert out.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with (
        pytest.raises(Failure, match=r"labels\.csv: cannot be written"),
        _open(tmp_path / "absent/labels.csv"),
    ):
        pass


def test_the_name_tells_the_format(tmp_path):
    assert _format_of(None) is Format.CSV
    assert _format_of(tmp_path / "a.JSONL") is Format.JSONL
    with pytest.raises(Failure, match="--format"):
        _format_of(tmp_path / "a.txt")
