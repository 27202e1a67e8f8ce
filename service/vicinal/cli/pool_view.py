"""How pools are shown to people."""

from collections.abc import Sequence

from vicinal.cli.output import print_table, share
from vicinal.client import Pool


def pool_rows(pools: Sequence[Pool]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of a table with a line for each pool."""
    columns = [
        "pool",
        "featurizer",
        ">items",
        ">labelled",
        ">leased",
        ">skipped",
        ">excluded",
        ">to label",
        ">filtered",
    ]
    rows = []
    for pool in pools:
        counts = pool.counts
        numbers = [
            counts.total,
            counts.labelled,
            counts.leased,
            counts.skipped,
            counts.excluded,
            counts.unlabelled,
            pool.filtered.confident + pool.filtered.outliers,
        ]
        name = f"{pool.pool_id} (not served)" if pool.unavailable else pool.pool_id
        rows.append([name, pool.featurizer or f"vectors ({pool.dimension})", *map(str, numbers)])
    return columns, rows


def print_pool(pool: Pool) -> None:
    """Writes one pool in full."""
    print_table(f"Pool {pool.pool_id}", ["", ""], _settings(pool))
    print_table("Items", *_states(pool))
    if pool.label_counts:
        labelled = sum(pool.label_counts.values())
        rows = [[label, str(count), share(count / labelled)] for label, count in pool.label_counts.items()]
        print_table("Labels", ["label", ">items", ">share"], sorted(rows))


def _settings(pool: Pool) -> list[list[str]]:
    model = pool.fingerprint
    return [
        *([["not served", pool.unavailable]] if pool.unavailable else []),
        ["featurizer", pool.featurizer or "none: vectors of your own"],
        *(
            [["model", f"{model.version} ({model.preprocessing})"], ["fingerprint", model.digest]]
            if model
            else []
        ),
        ["dimension", str(pool.dimension)],
        ["metric", pool.metric],
        ["strategy", pool.strategy],
        ["votes", _votes(pool)],
        ["neighbour graph", _graph(pool)],
        ["classes", ", ".join(pool.classes) or "any"],
        ["seed", str(pool.seed)],
        ["holdout", _holdout(pool)],
        ["suggestions", _suggestions(pool)],
        ["annotators", _annotators(pool)],
        ["duplicates", _duplicates(pool)],
        ["made", pool.created_at.strftime("%Y-%m-%d %H:%M:%S UTC") if pool.created_at else ""],
        ["filtered", _filtered(pool)],
        ["open leases", str(pool.open_leases)],
        ["examples", str(pool.examples)],
    ]


def _votes(pool: Pool) -> str:
    if pool.vote_model == "direct":
        return f"{pool.vote_neighbours} neighbours, by {pool.vote_weighting}"
    return pool.vote_model or ""


def _holdout(pool: Pool) -> str:
    if not pool.holdout.items and not pool.holdout_share:
        return "none"
    wanted = f" ({share(pool.holdout_share)} of all)" if pool.holdout_share else ""
    return f"{pool.holdout.items} items{wanted}, {pool.holdout.labelled} labelled"


def _suggestions(pool: Pool) -> str:
    made = pool.suggestions
    wanted = f" ({share(pool.control_share)} wanted)" if pool.control_share else ""
    return f"{made.active} chosen, {made.control} drawn at random{wanted}"


def _annotators(pool: Pool) -> str:
    each = f"{pool.overlap} for each item, by {pool.consensus}" if pool.overlap > 1 else "one for each item"
    return f"{each}; {share(pool.gold_share)} gold items" if pool.gold_share else each


def _duplicates(pool: Pool) -> str:
    if pool.duplicates == "off":
        return "off: none are looked for"
    found = pool.duplicate_counts
    by = f", by {', '.join(pool.augmentations)} too" if pool.augmentations else ""
    has_images = pool.fingerprint is not None and pool.fingerprint.medium == "image"
    carry_note = ", which carry its label" if has_images else "; exact ones carry its label"
    carried = carry_note if pool.carry_labels else ""
    apart = f"; {found.restored} restored" if found.restored else ""
    counts = f"{found.duplicates} duplicates of {found.groups} items"
    return f"{pool.duplicates}{by}: {counts}{carried}{apart}"


def _filtered(pool: Pool) -> str:
    if not pool.confidence_filter and not pool.outlier_filter:
        return "nothing"
    confident = (
        f"{pool.filtered.confident} confident (from {share(pool.confidence_filter)})"
        if pool.confidence_filter
        else ""
    )
    outliers = (
        f"{pool.filtered.outliers} outliers (from {pool.outlier_filter:g} spreads)"
        if pool.outlier_filter
        else ""
    )
    return ", ".join(part for part in (confident, outliers) if part)


def _graph(pool: Pool) -> str:
    if pool.graph is None:
        return "not needed yet"
    covered = f"{pool.graph.covered_items} of {pool.counts.total} items"
    if pool.graph.progress < 1:
        return f"{covered}; {share(pool.graph.progress)} of the next build done"
    return f"{covered}, {pool.graph.description}, recall {share(pool.graph.recall)}"


def _states(pool: Pool) -> tuple[list[str], list[list[str]]]:
    counts = pool.counts
    states = {
        "unlabelled": counts.unlabelled,
        "leased": counts.leased,
        "labelled": counts.labelled,
        "skipped": counts.skipped,
        "excluded": counts.excluded,
        "all": counts.total,
    }
    return ["state", ">items"], [[state, str(count)] for state, count in states.items()]
