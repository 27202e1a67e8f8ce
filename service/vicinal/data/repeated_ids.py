"""Rows whose id an earlier row has: the first is kept, the others are wrong rows."""

from vicinal.data.left_out import Unreadable


class RepeatedIds:
    """Finds rows whose id was in an earlier row; remembers all ids."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, int]] = {}

    def check(self, item_id: str, file: str, row: int) -> Unreadable | None:
        """What to say of a row whose id is there already; None where it is new.

        Args:
            item_id: of the row.
            file: that the row is in.
            row: its number as a person counts rows in that file.
        """
        first_file, first_row = self._first.setdefault(item_id, (file, row))
        if (first_file, first_row) == (file, row):
            return None
        return Unreadable(item_id, repeated(first_row, first_file if first_file != file else ""), file, row)


def repeated(first_row: int, first_file: str = "") -> str:
    """Why a row whose id is there already is left out.

    Args:
        first_row: the number of the row that has the id first.
        first_file: that this row is in; empty for the same file.

    >>> repeated(2)
    'row 2 has this id already; keep one of the two'
    >>> repeated(2, "old.csv")
    "row 2 of 'old.csv' has this id already; keep one of the two"
    """
    where = f" of {first_file!r}" if first_file else ""
    return f"row {first_row}{where} has this id already; keep one of the two"
