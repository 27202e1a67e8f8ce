"""Encodings, line ends and packings of text files."""

import codecs
import gzip
from pathlib import Path

import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.tables.rows import all_rows, open_table, text_rows
from vicinal.jobs.embedding.row_ranges import split_file

CSV = 'id,text\na,häh 😀\nb,"x\ny"\nc,z\n'
ROWS = [{"id": "a", "text": "häh 😀"}, {"id": "b", "text": "x\ny"}, {"id": "c", "text": "z"}]

ENCODED = {
    "utf-8": CSV.encode(),
    "with a mark": codecs.BOM_UTF8 + CSV.encode(),
    "utf-16 of Excel": CSV.replace(",", "\t").encode("utf-16"),
    "utf-16 big": codecs.BOM_UTF16_BE + CSV.encode("utf-16-be"),
    "utf-16 without a mark": CSV.encode("utf-16-le"),
    "utf-16 big without a mark": CSV.encode("utf-16-be"),
    "utf-32": CSV.encode("utf-32"),
    "carriage returns": CSV.replace("\n", "\r").encode(),
    "both": CSV.replace("\n", "\r\n").replace("x\r\ny", "x\ny").encode(),
    "gzip": gzip.compress(CSV.encode(), mtime=0),
}


@pytest.mark.parametrize("name", ENCODED)
def test_every_encoding_gives_the_same_rows_as_a_whole_and_in_pieces(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(ENCODED[name])
    assert list(all_rows(path)) == ROWS
    pieces = split_file(path, "t.csv", 2)
    assert [piece.rows for piece in pieces] == [2, 1]
    assert [row for piece in pieces for row in text_rows(path, piece.start_byte, piece.rows)] == ROWS


@pytest.mark.slow
def test_long_files_are_recoded_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    wanted = [{"id": str(number), "text": "ä😀" * 20} for number in range(20_000)]
    content = "id,text\n" + "".join(f"{row['id']},{row['text']}\n" for row in wanted)
    path.write_bytes(content.encode("utf-16"))
    assert list(all_rows(path)) == wanted
    piece = split_file(path, "t.csv", 15_000)[1]
    assert next(iter(text_rows(path, piece.start_byte, 1))) == wanted[15_000]


def test_half_an_emoji_in_utf_16_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(codecs.BOM_UTF16_LE + "id,text\na,\ud83d\nb,x\n".encode("utf-16-le", "surrogatepass"))
    assert [row.values["id"] for row in open_table(path).rows()] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (CSV.encode("utf-16")[:-1], "is cut off or damaged"),
        (gzip.compress(CSV.encode() * 99, mtime=0)[:-20], "is no whole gzip file"),
        (b"PK\x03\x04 something", "is an Excel workbook or a ZIP archive"),
    ],
    ids=["UTF-16", "gzip", "ZIP"],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InvalidInput, match=rf"t\.csv: {complaint}"):
        list(all_rows(tmp_path / "t.csv"))
