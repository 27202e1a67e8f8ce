"""What is kept of new contents to find their duplicates, made beside their vectors."""

from collections.abc import Mapping
from dataclasses import replace

from vicinal.core.errors import ContentUnreadable
from vicinal.core.ports import Augmenter, RawContent
from vicinal.sampling.pools import Pools
from vicinal.sampling.results import NewItem
from vicinal.sampling.session import PoolSession
from vicinal.server.contents import ParsedContents
from vicinal.server.workers import Workers

# Between chunks, a call that was cancelled or ran out of time ends.
SKETCHING_CHUNK = 16


async def augmenter_of(
    pools: Pools, session: PoolSession, contents: ParsedContents, workers: Workers
) -> Augmenter | None:
    """The views that new contents are also to be looked for by; None where there are none."""
    if not contents.raw or not session.config.augmentations:
        return None
    return await workers.examine(pools.augmenter_of, session.config.pool_id)


async def with_sketches(
    session: PoolSession,
    records: Mapping[int, NewItem],
    contents: ParsedContents,
    augmentations: Augmenter | None,
    workers: Workers,
) -> Mapping[int, NewItem]:
    """New items with their sketches, and with what their views look like to the pool's featurizer.

    Args:
        session: of the pool.
        records: the items, by index.
        contents: of the items, by index; those that came as vectors have no sketch.
        augmentations: that near duplicates are looked for by.
        workers: do the work.
    """
    sketched, waiting = dict(records), list(contents.raw) if session.duplicates.is_on else []
    while waiting:
        chunk, waiting = waiting[:SKETCHING_CHUNK], waiting[SKETCHING_CHUNK:]
        made = await workers.examine(
            lambda indexes: [
                _sketched(session, records[index], contents.raw[index], augmentations) for index in indexes
            ],
            chunk,
        )
        sketched.update(zip(chunk, made, strict=True))
    return sketched


def _sketched(
    session: PoolSession, item: NewItem, content: RawContent, augmentations: Augmenter | None
) -> NewItem:
    try:
        sketch = session.duplicates.sketch(content, item.content_hash)
        return replace(
            item, sketch=sketch, augmentations=None if augmentations is None else augmentations.embed(content)
        )
    except ContentUnreadable:
        # What the model cannot read either is refused with its vector; else the item is nobody's duplicate.
        return item
