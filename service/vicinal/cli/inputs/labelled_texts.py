"""Files of texts with a column of labels."""

from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.labelled import Holds, Labelled
from vicinal.cli.inputs.rows import column, kind_of, read_rows

TEXT_COLUMN, LABEL_COLUMN, ID_COLUMN = "text", "label", "id"


def open_labelled_texts(path: Path, text_column: str, label_column: str) -> Labelled:
    """The texts of a CSV, JSONL or Parquet file, packed by gzip or not.

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
        # Numbers of one length, so that ids sort as rows do.
        [row.get(ID_COLUMN) or f"{number:0{len(str(len(rows)))}d}" for number, row in rows],
        classes,
        contents=texts,
        columns={name: [row.get(name, "") for _, row in rows] for name in others},
    )
