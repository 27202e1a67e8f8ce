"""Files of texts with a column of labels."""

from collections.abc import Mapping
from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.labelled import Holds, Labelled
from vicinal.cli.inputs.rows import column, kind_of, read_rows

TEXT_COLUMN, LABEL_COLUMN, ID_COLUMN = "text", "label", "id"


def open_labelled_texts(path: Path, text_column: str, label_column: str) -> Labelled:
    """The texts of a CSV, JSONL or Parquet file, packed by gzip or not.

    Ids are those of the column `id`, if it tells all rows apart, else row numbers from 1.

    Args:
        path: of the file.
        text_column: column of the texts; empty is "text".
        label_column: column of the labels; empty is "label".

    Raises:
        Failure: the file cannot be read, has no row, or lacks a column.
    """
    rows = list(read_rows(path))
    if not rows:
        raise Failure(f"{path}: there is no row in it")
    text_column, label_column = text_column or TEXT_COLUMN, label_column or LABEL_COLUMN
    texts = [column(path, number, row, text_column) for number, row in rows]
    classes = [column(path, number, row, label_column).strip() for number, row in rows]
    others = [name for name in rows[0][1] if name != text_column]
    return Labelled(
        path.name.removesuffix(".gz").removesuffix(kind_of(path)),
        Holds.TEXTS,
        _ids(rows),
        classes,
        contents=texts,
        columns={name: [row.get(name, "") for _, row in rows] for name in others},
    )


def _ids(rows: list[tuple[int, Mapping[str, str]]]) -> list[str]:
    given = [row.get(ID_COLUMN, "") for _, row in rows]
    if all(given) and len(set(given)) == len(given):
        return given
    # Of one length, so that ids sort as rows do.
    return [f"{number:0{len(str(len(rows)))}d}" for number, _ in rows]
