"""Numbers of a pool as they come out of the scoring, and the items to label next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vicinal.core.batch import FilterGrades
from vicinal.core.scores import ScoreParts
from vicinal.jobs.scoring.plan import RowRange
from vicinal.jobs.scoring.range_scores import RangeScores
from vicinal.jobs.scoring.ranking import Ranking


@dataclass(frozen=True)
class BatchItem:
    """An item of the batch, and its score when it was picked."""

    item_id: str
    parts: ScoreParts


@dataclass(frozen=True, eq=False)
class ScoringOutcome:
    """What is written.

    Attributes:
        classes: in alphabetical order, which columns of probabilities count by.
        scores_of: numbers of a stretch of rows.
        ranking: of all rows; None where only classes are asked for.
        filter_grades: (rows,) how much items are filtered, or None.
        chosen: the items to label next, best first.
        batch_note: how the batch was found.
    """

    classes: tuple[str, ...]
    scores_of: Callable[[RowRange], RangeScores]
    ranking: Ranking | None
    filter_grades: FilterGrades | None
    chosen: Sequence[BatchItem]
    batch_note: str
