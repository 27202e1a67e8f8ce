"""Each item's nearest others, found by workers that each hold a part of the pool."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vicinal.core.parallel import release_pages
from vicinal.jobs.engines.protocol import Engine, ReportRows, Worker
from vicinal.jobs.scoring.composition import (
    EXACT_ROWS,
    LISTS,
    NEIGHBOURS,
    find_exact_lists,
    find_lists_by_parts,
    write_part_index,
)
from vicinal.jobs.scoring.plan import RowRange, run_tasks, start_progress
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.scratch import ScratchFolder
from vicinal.records.pool_options import Metric


@dataclass(frozen=True)
class VectorSource:
    """The pool's vectors; what every worker needs.

    Attributes:
        folder: of the job's `ScratchFolder`.
        rows: of the pool.
        dimension: of its vectors.
        metric: the pool's.
    """

    folder: Path
    rows: int
    dimension: int
    metric: Metric

    def index_file(self, part: RowRange) -> Path:
        """Where a part's index lies."""
        return self.folder / f"index-{part.number:06d}.faiss"


@dataclass(frozen=True)
class IndexBuilder:
    """Builds the indexes of parts."""

    source: VectorSource
    threads, needs_own_process = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.WorkerFactory.begin`."""
        return self._build

    def _build(self, part: RowRange, _tell: ReportRows) -> None:
        """Writes a part's index."""
        vectors = ScratchFolder(self.source.folder).map_vectors(self.source.rows, self.source.dimension)
        path = self.source.index_file(part)
        unfinished = path.with_suffix(".unfinished")
        write_part_index(np.array(vectors[part.start : part.stop]), self.source.metric, unfinished)
        unfinished.replace(path)
        release_pages(vectors)


@dataclass(frozen=True)
class ListFinder:
    """Finds the lists of a part's rows.

    Attributes:
        where: the vectors.
        parts: all parts with an index; none where all rows are compared.
    """

    source: VectorSource
    parts: tuple[RowRange, ...]
    threads, needs_own_process = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.WorkerFactory.begin`."""
        return self._find

    def _find(self, part: RowRange, _tell: ReportRows) -> None:
        """Keeps the lists of a part's rows."""
        scratch, rows = ScratchFolder(self.source.folder), slice(part.start, part.stop)
        vectors = scratch.map_vectors(self.source.rows, self.source.dimension)
        if self.parts:
            files = [(each.start, self.source.index_file(each)) for each in self.parts]
            lists = find_lists_by_parts(vectors, rows, files, NEIGHBOURS, self.source.metric)
        else:
            lists = find_exact_lists(vectors, rows, NEIGHBOURS, self.source.metric)
        found = {"keys": lists.keys.astype(np.int32), "similarities": lists.similarities}
        scratch.write_arrays(lists_name(part), found)


def lists_name(part: RowRange) -> str:
    """Of what is kept of a part's lists."""
    return f"lists-{part.number:06d}"


def find_lists(
    pool: PoolOnDisk, metric: Metric, engine: Engine, report: Callable[[int], None], exact: int = EXACT_ROWS
) -> None:
    """Has the lists of the whole pool found and kept, where they are not yet.

    Args:
        pool: that was taken in.
        metric: its own.
        engine: who does the work.
        report: called with the number of rows that have their lists.
        exact: the largest pool whose rows are all compared with all.

    Raises:
        JobUnfinished: as `run_tasks`.
    """
    scratch, source = (
        pool.scratch,
        VectorSource(pool.scratch.folder, pool.rows, len(pool.moments.mean), metric),
    )
    if scratch.has(f"{LISTS}.npz"):
        return
    indexed = () if pool.rows <= exact else pool.row_ranges
    unbuilt = [part for part in indexed if not source.index_file(part).is_file()]
    run_tasks(
        engine, IndexBuilder(source), unbuilt, scratch.folder, start_progress((), 0, lambda _rows: None)
    )
    waiting = [part for part in pool.row_ranges if not scratch.has(f"{lists_name(part)}.npz")]
    progress = start_progress(waiting, pool.rows, report)
    run_tasks(engine, ListFinder(source, indexed), waiting, scratch.folder, progress)
    found = [scratch.read_arrays(lists_name(part)) for part in pool.row_ranges]
    scratch.write_arrays(LISTS, {key: np.concatenate([each[key] for each in found]) for key in found[0]})
