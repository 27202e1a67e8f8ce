"""What data are compared with."""

from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Contents, open_contents


def open_against(path: Path, source: Path, data: Contents, text_column: str, id_column: str) -> Contents:
    """A folder of images or a file of texts that is there already; ids begin with its name.

    Args:
        path: of the folder or file.
        source: of the data that are compared with it.
        data: what that holds.
        text_column: of texts, where the file has such a column.
        id_column: likewise.

    Raises:
        Failure: it is not of the kind of the data, or one of the two lies in the other.
    """
    here, there = source.resolve(), path.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise Failure(f"--against {path}: this is, holds or lies in {source}; give data that lie apart")
    against = open_contents(path, text_column, id_column)
    if against.holds is not data.holds:
        raise Failure(f"--against {path}: holds {against.holds}, but {source} holds {data.holds}")
    return against.under(f"{path.as_posix()}/" if path.is_dir() else f"{path.as_posix()}#")
