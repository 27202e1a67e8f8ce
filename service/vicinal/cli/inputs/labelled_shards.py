"""Vectors at rest with a file of labels beside them."""

from pathlib import Path

from vicinal.cli.failures import Failure, extra_needed, reading
from vicinal.cli.inputs.labelled import DataKind, Labelled
from vicinal.cli.inputs.shards import read_shards
from vicinal.data.left_out import LeftOut

_NAMED = 3


def open_labelled_shards(path: Path, labels: Path) -> Labelled:
    """The labelled ones of the vectors in a folder, glob or file; those kept for measuring too.

    Args:
        path: of the vectors, as the jobs take them.
        labels: of the labels, likewise.

    Raises:
        Failure: one of the two cannot be read, or labels are of items that are not there.
    """
    with extra_needed("jobs"):
        from vicinal.jobs import read_labels  # noqa: PLC0415 - Arrow takes a while
    with reading():
        given = read_labels(labels)
    label_of = {**given.labels, **given.measured}
    if not label_of:
        raise Failure(f"{labels}: there is no label in it")
    left_out = LeftOut(failures=list(given.left_out))
    ids, vectors = read_shards(path, left_out, label_of.keys())
    unknown = sorted(label_of.keys() - set(ids))
    if unknown:
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        named = ", ".join(map(repr, unknown[:_NAMED]))
        raise Failure(f"{labels}: labels items that {path} does not have: {named}{more}")
    classes = [label_of[item_id] for item_id in ids]
    return Labelled(
        path.resolve().name,
        DataKind.VECTORS,
        ids,
        classes,
        vectors=vectors,
        left_out=left_out.failures,
        passed_over=left_out,
        notes=left_out.notes,
    )
