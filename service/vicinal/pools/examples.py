"""The use cases on a pool's examples. As all others they check, write to the store, and change the state."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from vicinal.core.arrays import Vectors
from vicinal.core.errors import ExampleExists, ExampleNotFound, InvalidInput, LimitExceeded, VicinalError
from vicinal.core.field_rules import MAX_VIOLATIONS, WrongLabels
from vicinal.core.ports import Clock
from vicinal.core.records import ExampleRecord
from vicinal.core.similarity import prepare_rows
from vicinal.pools.journal import Journal
from vicinal.pools.state.examples import ExamplesOutcome, PreparedExample
from vicinal.pools.state.pool import PoolState
from vicinal.records.errors import Violation

MAX_EXAMPLES = 5_000
"""In one pool. They have to be few compared with its items: their votes spread again when it grows."""


class PoolExamples:
    """Adds, removes and lists the examples of one pool. All methods may be called from any thread.

    Args:
        current: gives the pool's state with its lock held.
        journal: the pool's.
        clock: dates new examples.
    """

    def __init__(
        self, current: Callable[[], AbstractContextManager[PoolState]], journal: Journal, clock: Clock
    ) -> None:
        self._current = current
        self._journal = journal
        self._clock = clock

    def add(
        self,
        examples: Sequence[PreparedExample],
        vectors: Vectors,
        annotator: str = "",
    ) -> ExamplesOutcome:
        """Lets labelled contents vote that are not in the pool; those that cannot be taken fail alone.

        Args:
            examples: n new examples.
            vectors: (n, d), row i of `examples[i]`; need not be unit rows.
            annotator: who labelled them.

        Raises:
            InvalidInput: the vectors' shape does not go with the pool or the examples.
            LimitExceeded: there would be more than MAX_EXAMPLES, or more classes than a pool takes; none is
                added.
        """
        with self._current() as state:
            records, outcome = _plan(state, examples, vectors, annotator, self._clock.now())
            self._journal.change_examples(records, ())
            return outcome

    def has(self, example: PreparedExample) -> bool:
        """Whether the pool has this example with this content and label already."""
        with self._current() as state:
            known = state.examples.find(example.example_id)
            return known is not None and (known.content_hash, known.label) == (
                example.content_hash,
                example.label,
            )

    def remove(self, example_ids: Sequence[str]) -> int:
        """Takes examples back; the votes are then as if they had never been. Returns how many.

        Raises:
            InvalidInput: an id comes twice.
            ExampleNotFound: there is none of an id. Either way all are named, and none is removed.
        """
        with self._current() as state:
            _check_known(state, example_ids)
            self._journal.change_examples((), example_ids)
            return len(example_ids)

    def list(self, after: str = "", limit: int = 100) -> tuple[list[ExampleRecord], str | None]:
        """A page of examples, by id.

        Returns:
            The page, and what to pass as `after` for the next one (None: this is the last).
        """
        with self._current() as state:
            return state.examples.page(after, limit)


def _plan(
    state: PoolState, examples: Sequence[PreparedExample], vectors: Vectors, annotator: str, now: float
) -> tuple[list[ExampleRecord], ExamplesOutcome]:
    """The examples to write, and what to tell the caller."""
    if len(examples) != len(vectors):
        raise InvalidInput.at("vectors", f"{len(vectors)} rows for {len(examples)} examples; give one each")
    prepared, refused = prepare_rows(vectors, state.config.dimension, state.config.metric)
    failures: dict[int, VicinalError] = dict(refused)
    planned: dict[str, ExampleRecord] = {}
    added = relabelled = existing = 0
    classes, wrong = state.config.class_set, WrongLabels(state.config.classes)
    for row, example in enumerate(examples):
        known = planned.get(example.example_id) or state.examples.find(example.example_id)
        if row in failures:
            continue
        if classes and example.label not in classes:
            failures[row] = InvalidInput.at("label", wrong.describe(example.label))
        elif fault := _fault(example, known, again=example.example_id in planned):
            failures[row] = fault
        elif known is not None and known.label == example.label:
            existing += 1
        else:
            added, relabelled = added + (known is None), relabelled + (known is not None)
            # The same content, embedded once more, may differ in the last bits.
            vector = prepared[row].copy() if known is None else known.vector
            planned[example.example_id] = ExampleRecord(
                example.example_id, example.label, example.content_hash, vector, now, annotator
            )
    if len(state.examples) + added > MAX_EXAMPLES:
        raise LimitExceeded(
            f"a pool has at most {MAX_EXAMPLES} examples, this one would have "
            f"{len(state.examples) + added}; add what is more as items, and label them"
        )
    new = {record.label for record in planned.values()}
    state.limits.check_classes(state.config.pool_id, state.classes(), new, "examples")
    return list(planned.values()), ExamplesOutcome(
        added, relabelled, existing, dict(sorted(failures.items()))
    )


def _fault(example: PreparedExample, known: ExampleRecord | None, *, again: bool) -> VicinalError | None:
    """Why an example cannot be taken; `again`: one of its id came before in the request."""
    if known is None:
        return None
    if known.content_hash != example.content_hash:
        return ExampleExists(
            f"example {example.example_id!r} is there already with other content; choose another id"
        )
    if known.label != example.label and (again or not example.relabel):
        then = "name it once" if again else "set relabel to change that"
        return ExampleExists(f"example {example.example_id!r} is labelled {known.label!r}; {then}")
    return None


def _check_known(state: PoolState, example_ids: Sequence[str]) -> None:
    faults: list[tuple[type[VicinalError], Violation]] = []
    seen: set[str] = set()
    for row, example_id in enumerate(example_ids):
        field = f"example_ids[{row}]"
        if example_id in seen:
            text = f"{example_id!r} stands twice in this request; name each example once"
            faults.append((InvalidInput, Violation(field, text)))
        elif state.examples.find(example_id) is None:
            text = f"no example {example_id!r} in this pool; list its examples to see their ids"
            faults.append((ExampleNotFound, Violation(field, text)))
        seen.add(example_id)
    if faults:
        kind, first = faults[0]
        rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        violations = [violation for _, violation in faults[:MAX_VIOLATIONS]]
        raise kind(f"{first.field}: {first.description}{rest}", violations=violations)
