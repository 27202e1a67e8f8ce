"""What a pool's rows say of one another: each names only what there is, and none is missing in between."""

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, exists, func, or_, select

from vicinal.storage.schema import duplicates, events, items, sketches, suggestions


def check_references(connection: Connection, key: int) -> None:
    """Sees to it that the rows of the pool of that key go together.

    A database that was changed by hand may say otherwise, since SQLite checks no references unless told to.

    Raises:
        ValueError: naming the table whose rows contradict others.
    """
    _check_numbers(connection, key, "items", items, items.c.position, first=0)
    _check_numbers(connection, key, "the log", events, events.c.sequence, first=1)
    _check_numbers(connection, key, "draws", suggestions, suggestions.c.number, first=1)
    for table, column in (
        (events, events.c.item_id),
        (suggestions, suggestions.c.item_id),
        (duplicates, duplicates.c.item_id),
        (duplicates, duplicates.c.representative_id),
        (duplicates, duplicates.c.compared_with),
    ):
        there = exists().where(items.c.pool_key == key, items.c.item_id == column)
        _refuse(connection, key, table, ~there, f"{table.name} tells of an item that is not there")
    of_item = exists().where(items.c.pool_key == key, items.c.position == sketches.c.position)
    _refuse(connection, key, sketches, ~of_item, "sketches tells of an item that is not there")
    own_draw = exists().where(
        suggestions.c.pool_key == key,
        suggestions.c.number == events.c.suggestion,
        suggestions.c.item_id == events.c.item_id,
    )
    is_answer = or_(events.c.suggestion != 0, func.typeof(events.c.suggestion) != "integer")
    _refuse(connection, key, events, and_(is_answer, ~own_draw), "events tells of a draw that is not there")


def _check_numbers(
    connection: Connection, key: int, name: str, table: Table, column: ColumnElement[int], *, first: int
) -> None:
    """Rows are numbered without gaps, so the last number tells how many there are."""
    query = select(func.count(), func.min(column), func.max(column)).where(table.c.pool_key == key)
    count, least, most = connection.execute(query).one()
    if count and (least, most) != (first, first + count - 1):
        raise ValueError(f"{name} has gaps")


def _refuse(
    connection: Connection, key: int, table: FromClause, wrong: ColumnElement[bool], message: str
) -> None:
    query = select(1).select_from(table).where(table.c.pool_key == key, wrong).limit(1)
    if connection.execute(query).first() is not None:
        raise ValueError(message)
