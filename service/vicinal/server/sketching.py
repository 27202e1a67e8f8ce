"""What is kept of new contents to find their copies, made beside their vectors."""

from collections.abc import Mapping
from dataclasses import replace

from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import RawContent, Views
from vicinal.sampling.pools import Pools
from vicinal.sampling.results import NewItem
from vicinal.sampling.session import PoolSession
from vicinal.server.contents import Contents
from vicinal.server.workers import Workers

# Between chunks, a call that was cancelled or ran out of time ends.
SKETCHING_CHUNK = 16


async def views_of(pools: Pools, session: PoolSession, contents: Contents, workers: Workers) -> Views | None:
    """The views that new contents are also to be looked for by; None where there are none."""
    if not contents.raw or not session.config.views:
        return None
    return await workers.examine(pools.views_of, session.config.pool_id)


async def with_sketches(
    session: PoolSession,
    records: Mapping[int, NewItem],
    contents: Contents,
    views: Views | None,
    workers: Workers,
) -> Mapping[int, NewItem]:
    """New items with their sketches, and with what their views look like to the pool's featurizer.

    Args:
        session: of the pool.
        records: the items, by index.
        contents: of the items, by index; those that came as vectors have no sketch.
        views: that near copies are looked for by.
        workers: do the work.
    """
    sketched, waiting = dict(records), list(contents.raw) if session.copies.is_on else []
    while waiting:
        chunk, waiting = waiting[:SKETCHING_CHUNK], waiting[SKETCHING_CHUNK:]
        made = await workers.examine(
            lambda indexes: [
                _sketched(session, records[index], contents.raw[index], views) for index in indexes
            ],
            chunk,
        )
        sketched.update(zip(chunk, made, strict=True))
    return sketched


def _sketched(session: PoolSession, item: NewItem, content: RawContent, views: Views | None) -> NewItem:
    try:
        sketch = session.copies.sketch(content, item.content_hash)
        return replace(item, sketch=sketch, views=None if views is None else views.embed(content))
    except ContentUnreadable:
        # What the model cannot read either is refused with its vector; else the item is nobody's copy.
        return item
