"""The search itself, with its progress."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vicinal.cli.failures import extra_needed
from vicinal.cli.inputs import Contents, Holds
from vicinal.cli.output import progress

if TYPE_CHECKING:
    from vicinal.duplicates import Findings


def search(data: Contents, against: Contents | None, also: Sequence[tuple[str, str]]) -> "Findings":
    """The groups of copies in the data, and of those that they are held against.

    Args:
        data: what is looked at.
        against: what it is held against; of the same kind.
        also: pairs of ids to compare besides.

    Raises:
        Failure: a package is missing.
    """
    with extra_needed("duplicates"):
        from vicinal.duplicates import find_image_copies, find_text_copies  # noqa: PLC0415 - an extra
    with progress() as bar:
        sizes = {"reading": len(data), "reading what is there": len(against or ())}
        tasks = {}

        def tell(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of or sizes.get(step))
            bar.update(tasks[step], completed=done)

        if data.holds is Holds.TEXTS:
            known = against.texts() if against else ()
            return find_text_copies(data.texts(), tell, also=also, against=known)
        return find_image_copies(data.images(), tell, also=also, against=against.images() if against else ())
