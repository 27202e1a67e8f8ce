"""Numbers of a pool as they come out of the scoring, and the items to label next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vicinal.core.batch import Held
from vicinal.core.scores import ScoreParts
from vicinal.jobs.scoring.parts import Part
from vicinal.jobs.scoring.plan import Stretch
from vicinal.jobs.scoring.standings import Standings


@dataclass(frozen=True)
class Chosen:
    """An item of the batch, and its score when it was picked."""

    item_id: str
    parts: ScoreParts


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is written.

    Attributes:
        classes: in alphabetical order, which columns of shares count by.
        part_of: numbers of a stretch of rows.
        standings: of all rows; None where only classes are asked for.
        held: (rows,) how much items are held back, or None.
        chosen: the items to label next, best first.
        batch_note: how the batch was found.
    """

    classes: tuple[str, ...]
    part_of: Callable[[Stretch], Part]
    standings: Standings | None
    held: Held | None
    chosen: Sequence[Chosen]
    batch_note: str
