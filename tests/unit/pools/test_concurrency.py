from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.session import PoolSession


def test_two_callers_never_hold_the_same_item(session: PoolSession) -> None:
    def annotate(name: str) -> list[str]:
        mine = []
        batch = session.lease_batch(1, name)
        while batch.lease is not None:
            item_ids = [item.item_id for item in batch.items]
            mine += item_ids
            labels = [LabelInput(item_id, name) for item_id in item_ids]
            done = session.submit_labels(labels, name, batch.lease.lease_id, BatchRequest(1))
            assert done.labelled == len(labels)
            assert done.next is not None
            batch = done.next
        return mine

    with ThreadPoolExecutor(8) as pool:
        handed_out = [item_id for mine in pool.map(annotate, "abcdefgh") for item_id in mine]
    assert max(Counter(handed_out).values()) == 1
    assert session.view().counts.labelled == 30
